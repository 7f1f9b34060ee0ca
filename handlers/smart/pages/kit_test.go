package pages

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
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
	fault     error // of every look-up, if not nil
	tries     int   // failures before throttling; counts down
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
		Sections: []Section{
			{"results", "Test results", "What laboratories found, as blood tests.", "view"},
			{"prescriptions", "Medicines", "What you take, and repeat prescriptions.", "view and change"},
		},
	}
}

func (w *world) Asked(_ context.Context, id string) (*Asked, error) {
	if a := w.asked[id]; a != nil {
		return a, w.fault
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

func (w *world) Roles(_ context.Context, a state.Account) ([]Role, error) {
	return w.roles[a.Name], w.fault
}

func (w *world) Patient(_ context.Context, _ state.Account, _ Role, id string) (Person, error) {
	for _, p := range w.patients {
		if p.ID == id {
			return p, nil
		}
	}
	return Person{}, fhir.Errorf(fhir.NotFound, "", "There is no such patient at your practice.")
}

func (w *world) Find(_ context.Context, _ state.Account, _ Role, by Criteria) ([]Person, error) {
	w.found = append(w.found, by)
	if by.NHSNumber != "" && by.NHSNumber != w.patients[0].NHSNumber {
		return nil, nil
	}
	return w.patients, nil
}

func (w *world) Authenticate(_ context.Context, name, password, _ string) (state.Account, error) {
	if w.tries <= 0 {
		e := fhir.Errorf(fhir.Throttled, "", "too many")
		e.RetryAfter = 90 * time.Second
		return state.Account{}, e
	}
	if a, ok := w.accounts[name]; ok && password == backwards(name) && !a.Suspended {
		return a, nil
	}
	w.tries--
	return state.Account{}, fhir.Errorf(fhir.Unauthenticated, "", "no")
}

func backwards(s string) string {
	out := ""
	for _, r := range s {
		out = string(r) + out
	}
	return out
}

func (w *world) Account(_ context.Context, name string) (state.Account, error) {
	if a, ok := w.accounts[name]; ok {
		return a, nil
	}
	return state.Account{}, errAbsent
}

func (w *world) Client(_ context.Context, id string) (state.Client, error) {
	if id == "gone" {
		return state.Client{}, errAbsent
	}
	return state.Client{ID: id, Name: "App " + id}, nil
}

func (w *world) SignIn(_ context.Context, a state.Account) (string, state.Session, error) {
	cookie := fmt.Sprintf("cookie-%d", len(w.sessions))
	w.sessions[cookie] = state.Session{Account: a.Name, Since: w.now, CSRF: "token of " + cookie}
	return cookie, w.sessions[cookie], nil
}

func (w *world) Session(_ context.Context, cookie string) (state.Session, error) {
	if s, ok := w.sessions[cookie]; ok {
		return s, nil
	}
	return state.Session{}, errAbsent
}

func (w *world) SignOut(_ context.Context, cookie string) error {
	delete(w.sessions, cookie)
	return nil
}

func (w *world) Approval(_ context.Context, id string) (state.Approval, error) {
	for _, a := range w.approvals {
		if a.ID == id {
			return a, nil
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
	return nil
}

func (w *world) Revoke(_ context.Context, id string) error {
	var left []state.Approval
	for _, a := range w.approvals {
		if a.ID != id {
			left = append(left, a)
		}
	}
	w.approvals = left
	return nil
}

// handler is the pages of this world.
func (w *world) handler(change ...func(*Options)) *Pages {
	o := Options{Path: "/auth", Flow: w, Accounts: w, People: w, Now: func() time.Time { return w.now },
		Sections: func(string) []Section { return fullRequest().Sections },
		Seen:     func(context.Context, state.Approval) ([]Seen, error) { return w.seen, nil }}
	for _, c := range change {
		c(&o)
	}
	return New(o)
}

// browser keeps cookies, follows nothing, and reads pages.
type browser struct {
	t      *testing.T
	base   *url.URL
	client *http.Client
}

func (w *world) browse(t *testing.T, change ...func(*Options)) *browser {
	t.Helper()
	server := httptest.NewServer(w.handler(change...))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &browser{t, base, client}
}

// answer is what came back, read.
type answer struct {
	*http.Response
	t    *testing.T
	root *html.Node
}

func (b *browser) do(method, path string, form url.Values, headers ...string) *answer {
	b.t.Helper()
	r, err := http.NewRequest(method, b.base.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	root, err := html.Parse(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answer{resp, b.t, root}
}

func (b *browser) get(path string) *answer { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

// submit sends the first form of a page that has this action, with its own fields and what was typed. Fields given as nil are left out.
func (b *browser) submit(page *answer, action string, typed url.Values) *answer {
	b.t.Helper()
	form := page.form(action)
	values := fields(form)
	for name, value := range typed {
		values[name] = value
	}
	if strings.EqualFold(attr(form, "method"), "post") {
		return b.do(http.MethodPost, attr(form, "action"), values)
	}
	return b.get(attr(form, "action") + "?" + values.Encode())
}

// signIn signs in as the account of a name.
func (b *browser) signIn(name string) *answer {
	b.t.Helper()
	done := b.submit(b.get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {name}, "password": {backwards(name)}})
	done.leads("/auth/manage")
	return done
}

// leads asserts a redirect.
func (a *answer) leads(to string) {
	a.t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != to {
		a.t.Fatalf("%d to %q, want 303 to %q: %s", a.StatusCode, got, to, a.text())
	}
}

// is asserts the status.
func (a *answer) is(status int) *answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.text())
	}
	return a
}

// says asserts that the page reads so.
func (a *answer) says(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			a.t.Errorf("the page doesn't say %q: %s", text, a.text())
		}
	}
	return a
}

// hides asserts that the page doesn't.
func (a *answer) hides(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.text(), text) {
			a.t.Errorf("the page says %q: %s", text, a.text())
		}
	}
	return a
}
