package signin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// world is what the pages are tested against: a practice of a few people, in memory.
type world struct {
	accounts  map[string]state.Account // by name; the password is the name backwards
	sessions  map[string]state.Session // by cookie
	approvals []state.Approval
	asked     map[string]*Asked
	roles     map[string][]Role // by account
	patients  []Person          // whom staff may see
	found     []Criteria        // what was looked for
	seen      []Seen
	decisions []Decision
	events    []audit.Event
	unheard   error // of the audit, if not nil
	fault     error // of the look-up that failAt counts down to
	failAt    int
	signIns   int
	tries     int // failures before throttling; counts down
	now       time.Time
}

var errAbsent = fhir.Errorf(fhir.NotFound, "", "This request is over. Go back to the app and start again.")

func newWorld() *world {
	mary := Person{ID: "mary", Name: "Mary Jones", Born: "1980-05-01"}
	tom := Person{ID: "tom", Name: "Tom Jones", Born: "2019-11"}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return &world{
		accounts: map[string]state.Account{
			"mary":  {Name: "mary", Person: "Patient/mary", Related: []string{"RelatedPerson/3"}},
			"ann":   {Name: "ann", Person: "Patient/ann"},
			"drlee": {Name: "drlee", Person: "Practitioner/2"},
		},
		sessions: map[string]state.Session{},
		asked:    map[string]*Asked{"r1": fullRequest()},
		roles: map[string][]Role{
			"mary":  {{As: "Patient/mary", Own: true, Patient: mary}, {As: "RelatedPerson/3", Patient: tom}},
			"ann":   {{As: "Patient/ann", Own: true, Patient: Person{ID: "ann", Name: "Ann Hill"}}},
			"drlee": {{As: "Practitioner/2", Staff: true}},
		},
		patients: []Person{{ID: "mary", Name: "Mary Jones", Born: "1980-05-01", NHSNumber: "9000000009"}},
		tries:    100,
		now:      now,
	}
}

// fullRequest asks for all that can be asked for.
func fullRequest() *Asked {
	return &Asked{
		ID: "r1", App: "Health Diary", Redirect: "https://app.example/callback", Patient: true, Identity: true, Offline: true,
		Sections: []access.Section{
			section("results", "Test results", "What laboratories found, as blood tests.", "view"),
			section("prescriptions", "Medicines", "What you take, and repeat prescriptions.", "view and change"),
		},
	}
}

func section(name, title, about, words string) access.Section {
	return access.Section{Section: spec.Section{Name: name, Title: title, About: about}, Words: words}
}

// turn is the error of the next look-up: none, until it is the one that shall fail.
func (w *world) turn() error {
	if w.failAt--; w.failAt == 0 {
		return w.fault
	}
	return nil
}

func (w *world) Asked(_ context.Context, id string) (*Asked, error) {
	if a := w.asked[id]; a != nil {
		return a, w.turn()
	}
	return nil, errAbsent
}

func (w *world) Decide(rw http.ResponseWriter, r *http.Request, id string, _ state.Session, d Decision) {
	w.decisions = append(w.decisions, d)
	to := w.asked[id].Redirect + "?code=1"
	if d.Deny {
		to = w.asked[id].Redirect + "?error=access_denied"
	}
	http.Redirect(rw, r, to, http.StatusSeeOther)
}

func (w *world) Name(_ context.Context, a state.Account) (string, error) {
	return "Real " + a.Name, w.turn()
}

func (w *world) Roles(_ context.Context, a state.Account) ([]Role, error) {
	return w.roles[a.Name], w.turn()
}

func (w *world) Patient(_ context.Context, _ state.Account, _ Role, id string) (Person, error) {
	for _, p := range w.patients {
		if p.ID == id {
			return p, w.turn()
		}
	}
	return Person{}, fhir.Errorf(fhir.NotFound, "", "There is no such patient at your practice.")
}

func (w *world) Find(_ context.Context, _ state.Account, _ Role, by Criteria) ([]Person, error) {
	w.found = append(w.found, by)
	if by.NHSNumber != "" && by.NHSNumber != w.patients[0].NHSNumber {
		return nil, nil
	}
	return w.patients, w.turn()
}

func (w *world) Authenticate(_ context.Context, name, password string, _ state.From) (state.Account, error) {
	if w.tries <= 0 {
		e := fhir.Errorf(fhir.Throttled, "", "too many")
		e.RetryAfter = 90 * time.Second
		return state.Account{}, e
	}
	if a, ok := w.accounts[name]; ok && password == backwards(name) && !a.Suspended {
		return a, w.turn()
	}
	w.tries--
	return state.Account{}, fhir.Errorf(fhir.Unauthenticated, "", "no")
}

func (w *world) Recognise(context.Context, state.Account, string) (string, error) {
	return "known", w.turn()
}

func (w *world) SignInHalf(_ context.Context, a state.Account, _ string) (string, state.Session, error) {
	w.sessions["half"] = state.Session{Account: a.Name, Subject: a.Subject, Half: true, CSRF: "token of half"}
	return "half", w.sessions["half"], w.turn()
}

func (w *world) Half(_ context.Context, cookie string) (state.Session, error) {
	if s, ok := w.sessions[cookie]; ok && s.Half {
		return s, w.turn()
	}
	return state.Session{}, errAbsent
}

func (w *world) OfferSecond(context.Context, state.Session, string) (*otp.Key, error) {
	key, err := otp.NewKeyFromURL("otpauth://totp/x:y?secret=GEZDGNBVGY3TQOJQ&issuer=x")
	if err == nil {
		err = w.turn()
	}
	return key, err
}

func (w *world) ConfirmSecond(ctx context.Context, _ state.Session, code string) ([]string, error) {
	return []string{"AAAA-BBBB-CCCC", "DDDD-EEEE-FFFF"}, w.PassSecond(ctx, "", code)
}

func (w *world) PassSecond(_ context.Context, _, code string) error {
	if code != "123456" {
		return fhir.Errorf(fhir.Unauthenticated, "", "no")
	}
	return w.turn()
}

func (w *world) RemoveSecond(context.Context, string) error { return w.turn() }

func backwards(s string) string {
	out := ""
	for _, r := range s {
		out = string(r) + out
	}
	return out
}

func (w *world) Account(_ context.Context, name string) (state.Account, error) {
	if a, ok := w.accounts[name]; ok {
		return a, w.turn()
	}
	return state.Account{}, errAbsent
}

func (w *world) Client(_ context.Context, id string) (state.Client, error) {
	if id == "gone" {
		return state.Client{}, errAbsent
	}
	return state.Client{ID: id, Name: "App " + id}, w.turn()
}

func (w *world) SignInFor(_ context.Context, a state.Account, _ string, _ ...string) (string, state.Session, error) {
	cookie := fmt.Sprintf("cookie-%d", w.signIns)
	w.signIns++
	w.sessions[cookie] = state.Session{Account: a.Name, Since: w.now, CSRF: "token of " + cookie}
	return cookie, w.sessions[cookie], w.turn()
}

func (w *world) Session(_ context.Context, cookie string) (state.Session, error) {
	if s, ok := w.sessions[cookie]; ok {
		return s, w.turn()
	}
	return state.Session{}, errAbsent
}

func (w *world) SignOut(_ context.Context, cookie string) error {
	delete(w.sessions, cookie)
	return w.turn()
}

func (w *world) Approval(_ context.Context, id string) (state.Approval, error) {
	for _, a := range w.approvals {
		if a.ID == id {
			return a, w.turn()
		}
	}
	return state.Approval{}, errAbsent
}

func (w *world) ApprovalsOf(_ context.Context, account string, yield func(state.Approval) bool) error {
	for _, a := range w.approvals {
		if a.Account == account && !yield(a) {
			break
		}
	}
	return w.turn()
}

func (w *world) Revoke(_ context.Context, id string) error {
	var left []state.Approval
	for _, a := range w.approvals {
		if a.ID != id {
			left = append(left, a)
		}
	}
	w.approvals = left
	return w.turn()
}

// handler is the pages of this world.
func (w *world) handler(change ...func(*Options)) *Pages {
	note := func(_ context.Context, e audit.Event) error {
		w.events = append(w.events, e)
		return w.unheard
	}
	o := Options{Path: "/auth", Audit: note, Flow: w, Accounts: w, People: w, Now: func() time.Time { return w.now },
		Sections: func(string) []access.Section { return fullRequest().Sections },
		Seen:     func(context.Context, state.Approval) ([]Seen, error) { return w.seen, w.turn() }}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// browser is one that can sign in here.
type browser struct{ *pagestest.Browser }

type answer = pagestest.Answer

func (w *world) browse(t *testing.T, change ...func(*Options)) *browser {
	t.Helper()
	return &browser{pagestest.New(t, w.handler(change...))}
}

// signIn signs in as the account of a name.
func (b *browser) signIn(name string) {
	b.T.Helper()
	b.Submit(b.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {name}, "password": {backwards(name)}}).Leads("/auth/manage")
}
