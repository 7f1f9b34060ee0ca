package signin

import (
	"net/http"
	"time"
)

// Finding is one thing that the self-check of an app found.
type Finding struct {
	What string
	Good bool
	Text string // what is so and, if it isn't good, what to do
}

// checked is what the self-check page shows: what was typed, and what was found.
type checked struct {
	Issuer, Base, Now             string
	Client, Redirect, Scope, Time string
	Findings                      []Finding
}

// showCheck is the self-check for people who make apps (P13): the server's own addresses and clock, and whether what an
// app would send is right. It tells no more than authorize does.
func (p *Pages) showCheck(w http.ResponseWriter, r *http.Request) {
	data := checked{Issuer: p.Issuer, Base: p.Base, Now: p.Now().UTC().Format(time.RFC3339),
		Client: r.FormValue("client_id"), Redirect: r.FormValue("redirect_uri"), Scope: r.FormValue("scope"), Time: r.FormValue("time")}
	if p.Check != nil && data.Client+data.Redirect+data.Scope+data.Time != "" {
		var err error
		if data.Findings, err = p.Check(r.Context(), data.Client, data.Redirect, data.Scope, data.Time); err != nil {
			p.Fail(w, r, err)
			return
		}
	}
	p.show(w, r, http.StatusOK, "check", view{Title: "Check your app", Data: data})
}
