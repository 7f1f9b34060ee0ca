package welcome_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/record"
	"frontdesk/handlers/pages/sitetest"
	"frontdesk/handlers/pages/welcome"
)

func open(t *testing.T) *sitetest.Practice {
	t.Helper()
	var p *sitetest.Practice
	o := welcome.Options{Base: "https://gp.example/fhir", Version: "test", Auth: "/auth",
		Ready: func(context.Context) error { return nil },
		SignOut: func(w http.ResponseWriter, r *http.Request, v pages.Visitor) error {
			return p.Smart.SignIn().End(w, r, v)
		}}
	p = sitetest.Open(t, []pages.Part{welcome.Part(o), record.Part()})
	return p
}

func TestTheStartPageAndTheHomeAreSound(t *testing.T) {
	p := open(t)
	p.Get("/").Is(http.StatusOK).Says("Sign in", "https://gp.example/fhir", "Ready").Sound(t.Errorf)
	p.SignIn("mary")
	p.Get("/home").Leads("/record")
	p.Get("/record").Says("Mary Jones", "You have no appointment booked").Sound(t.Errorf)
	who := p.Get("/who").Is(http.StatusOK).Says("Mary Jones", "Tom Jones")
	who.Sound(t.Errorf)
	p.Submit(who, "/who", map[string][]string{"role": {"RelatedPerson/3 tom"}}).Leads("/record")
	p.Get("/record").Says("You are acting for Tom Jones", "Tom Jones")
}

// TestLeavingEndsTheSessionAndLeadsAway: also when it is over already.
func TestLeavingEndsTheSessionAndLeadsAway(t *testing.T) {
	p := open(t)
	p.SignIn("ann")
	p.Get("/record").Is(http.StatusOK)
	for range 2 {
		a := p.Do(http.MethodPost, "/leave", nil).Is(http.StatusOK).Hides("GP", "record")
		if got := a.Header.Get("Refresh"); got != "0; url="+welcome.DefaultLeave {
			t.Errorf("it leads to %q", got)
		}
	}
	if a := p.Get("/record"); !strings.HasPrefix(a.Header.Get("Location"), "/auth/sign-in") {
		t.Errorf("%d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	p.Do(http.MethodPost, "/leave", nil, "Sec-Fetch-Site", "cross-site").Is(http.StatusForbidden)
}
