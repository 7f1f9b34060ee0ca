package signin

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers/pages"
)

// span is one answer to "for how long?".
type span struct {
	Value  string
	Title  string
	On     bool
	years  int
	months int
}

// spans are what a person can choose from; where offline access isn't asked for, there is nothing to choose.
var spans = []span{
	{Value: "once", Title: "This time only"},
	{Value: "1-month", Title: "1 month", months: 1},
	{Value: "3-months", Title: "3 months", months: 3, On: true},
	{Value: "1-year", Title: "1 year", years: 1},
	{Value: "stopped", Title: "Until I stop it"},
}

// consent is what the consent page shows.
type consent struct {
	*Asked
	As, PatientID string
	Whose         string // "your record", "Mary Jones’s record"
	Born          string // so that one Mary Jones isn't taken for another
	Everyone      string // whose records user/ scopes reach besides, "" if none
	Host          string // where the app is, as "app.example"; "" for one on the person's own device
	Since         string // when the practice came to know the app; "" if that can't be said
	Own           bool
	AtWork        bool // a member of staff answers
	Sections      []offered
	Spans         []span
	Other         bool // there was somebody else to choose
}

// offered is a section with its switch.
type offered struct {
	access.Section
	On bool
}

// showConsent shows what the app asks for, everything switched on.
func (p *Pages) showConsent(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked) {
	who, ok := p.whoFor(w, r, v, asked)
	if !ok {
		return
	}
	names, length, kept := p.ticks(w, r, asked)
	for _, s := range who.Role.offered(asked.Sections) {
		if !kept {
			names = append(names, s.Name)
		}
	}
	p.askConsent(w, r, v, asked, who, ticked{names, length}, nil)
}

// whoFor is party, for a handler: it has answered already when it isn't ok.
func (p *Pages) whoFor(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked) (party, bool) {
	who, step, err := p.party(r.Context(), asked, v.Account, keep(r, "as", "patient"))
	switch {
	case err != nil:
		p.Fail(w, r, err)
	case step != "":
		p.to(w, r, step, keep(r, "request", "as"))
	default:
		return who, true
	}
	return party{}, false
}

// ticked is what of the consent form is on: names of sections, and for how long; "" for what is proposed.
type ticked struct {
	sections []string
	length   string
}

// askConsent shows the consent form with this on.
func (p *Pages) askConsent(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked, who party, on ticked, faults []fault) {
	data := consent{Asked: asked, As: who.Role.As, PatientID: who.Patient.ID, Own: who.Role.Own, AtWork: who.Role.Staff,
		Whose: who.whose(), Spans: spansWith(on.length), Host: host(asked.Redirect), Other: r.FormValue("as") != "" && asked.launchPatient() == ""}
	if !who.Role.Own && who.Patient.Born != "" {
		data.Born = pages.Date(who.Patient.Born)
	}
	if asked.User && who.Patient.ID != "" {
		data.Everyone = who.everyone()
	}
	for _, s := range who.Role.offered(asked.Sections) {
		data.Sections = append(data.Sections, offered{s, slices.Contains(on.sections, s.Name)})
	}
	if !asked.Known.IsZero() {
		data.Since = p.Shell.Day(asked.Known)
	}
	shown := v.form(asked.App+" asks for access", asked, data)
	shown.Faults = faults
	pages.Harden(w.Header(), asked.Redirect)
	p.show(w, r, http.StatusOK, "consent", shown)
}

// spansWith is spans with the one that was chosen on, if there is such a one.
func spansWith(value string) []span {
	if !slices.ContainsFunc(spans, func(s span) bool { return s.Value == value }) {
		return spans
	}
	out := slices.Clone(spans)
	for i := range out {
		out[i].On = out[i].Value == value
	}
	return out
}

// host is where an app on the web has its answers sent.
func host(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Host
}

// whose says whose record it is about.
func (who party) whose() string {
	switch {
	case who.Patient.ID == "":
		return who.everyone()
	case who.Role.Own:
		return "your record"
	}
	return who.Patient.Name + "’s record"
}

// everyone says what user/ scopes reach in this role.
func (who party) everyone() string {
	if who.Role.Staff {
		return "the records of your practice’s patients"
	}
	return "every record that you can see"
}

// decide hears the answer. Who is asked for is looked up anew: nothing in the form is taken on trust.
func (p *Pages) decide(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked) {
	answer := r.PostFormValue("answer")
	if answer == "deny" {
		p.Flow.Decide(w, r, asked.ID, v.Session, Decision{Deny: true})
		return
	}
	who, ok := p.whoFor(w, r, v, asked)
	if !ok {
		return
	}
	kept := chosen(who.Role.offered(asked.Sections), r.PostForm["section"])
	length, named := asked.span(r.PostFormValue("for"))
	var faults []fault
	if len(kept) == 0 && len(asked.Sections) > 0 {
		faults = append(faults, fault{Field: "section",
			Text: "Choose at least one part of the record, or choose “Don’t allow”"})
	}
	if !named {
		faults = append(faults, fault{Field: "for", Text: "Choose for how long"})
	}
	if answer != "allow" {
		faults = append(faults, fault{Field: "answer", Text: "Choose “Allow” or “Don’t allow”"})
	}
	if faults != nil {
		p.askConsent(w, r, v, asked, who, ticked{kept, r.PostFormValue("for")}, faults)
		return
	}
	p.Flow.Decide(w, r, asked.ID, v.Session, Decision{As: who.Role.As, Patient: who.Patient.ID, Sections: kept,
		Once: length.Value == "once", Until: length.until(p.Now())})
}

// chosen are the names of those offered sections that were left on.
func chosen(sections []access.Section, names []string) []string {
	var kept []string
	for _, s := range sections {
		if slices.Contains(names, s.Name) {
			kept = append(kept, s.Name)
		}
	}
	return kept
}

// span is the length that was chosen; there is nothing to choose if the app didn't ask for more than this visit.
func (a *Asked) span(value string) (span, bool) {
	if !a.Offline {
		return span{}, true
	}
	i := slices.IndexFunc(spans, func(s span) bool { return s.Value == value })
	if i < 0 {
		return span{}, false
	}
	return spans[i], true
}

// until is when the span is over, zero if it has no end of its own.
func (s span) until(now time.Time) time.Time {
	if s.years == 0 && s.months == 0 {
		return time.Time{}
	}
	at := now.AddDate(s.years, s.months, 0)
	if at.Day() != now.Day() { // there is no such day in that month: its last, not one of the next
		at = at.AddDate(0, 0, -at.Day())
	}
	return at
}
