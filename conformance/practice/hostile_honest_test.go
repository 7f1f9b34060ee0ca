package practice_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"frontdesk/handlers/smart/state"
)

// worker is somebody who works while others attack, over connections of their own.
type worker struct {
	s      *siege
	http   *http.Client
	rounds int
	round  func(w *worker, n int) error
}

// workers are those who work: they write and read, and the doctor suspends, hides and revokes.
func (s *siege) workers() []*worker {
	s.Helper()
	s.must(s.state.AddClient(s.Context(), state.Client{ID: "second", Name: "Another app", Kind: state.Public, Redirects: []string{"https://second.example/"}, Scopes: everything}))
	s.must(s.state.SetPassword(s.Context(), "ann", hostilePassword))
	own := &person{s.address, map[string]string{}}
	ehr, ann, bob, doc := s.ehr(), s.patient("ann"), s.patient("bob"), s.staff()
	s.load(`{"resourceType":"Observation","id":"own","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"Own"}}`,
		`{"resourceType":"Condition","id":"cough","subject":{"reference":"Patient/ann"},"code":{"text":"Cough"}}`,
		`{"resourceType":"Condition","id":"sprain","subject":{"reference":"Patient/bob"},"code":{"text":"Sprain"}}`)
	return []*worker{
		{s: s, http: newHTTP(), round: func(w *worker, n int) error { return w.writes(ehr.token, n) }},
		{s: s, http: newHTTP(), round: func(w *worker, _ int) error { return w.suspends(doc.token, bob) }},
		{s: s, http: newHTTP(), round: func(w *worker, _ int) error { return w.hides(doc.token, ann.token) }},
		{s: s, http: newHTTP(), round: func(w *worker, _ int) error { return w.revokes() }},
		{s: s, http: newHTTP(), round: func(w *worker, _ int) error { return w.signsIn(own) }},
	}
}

func newHTTP() *http.Client { return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}} }

func (w *worker) close() { w.http.CloseIdleConnections() }

// work is one round, which must be as in peace.
func (w *worker) work(n int) bool {
	if err := w.round(w, n); err != nil {
		w.s.Errorf("round %d of honest work: %v", n, err)
		return false
	}
	w.rounds++
	return true
}

// until works until it is over.
func (w *worker) until(over chan struct{}) {
	for {
		select {
		case <-over:
			return
		default:
			if !w.work(w.rounds) {
				return
			}
		}
	}
}

// do asks, and holds the answer to its status.
func (w *worker) do(status int, token, method, path, body string, headers ...string) (answer, error) {
	r, err := http.NewRequest(method, "http://"+w.s.address+"/fhir"+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/fhir+json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := w.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	a := answer{resp.StatusCode, resp.Header, string(text)}
	if err == nil && a.status != status {
		err = fmt.Errorf("%s %s: %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a, err
}

// step is a request and the status that it must have; found is what a search must find, nil if it isn't one.
type step struct {
	status              int
	token, method, path string
	body                string
	found               []string
}

func (w *worker) steps(all ...step) error {
	for _, s := range all {
		a, err := w.do(s.status, s.token, s.method, s.path, s.body)
		if err != nil {
			return err
		}
		if got := a.found(); s.found != nil && !slices.Equal(got, s.found) {
			return fmt.Errorf("%s finds %v, want %v", s.path, got, s.found)
		}
	}
	return nil
}

// writes changes what is its own and reads it by every way.
func (w *worker) writes(token string, n int) error {
	now, err := w.do(200, token, "GET", "/Observation/own", "")
	if err != nil {
		return err
	}
	mark := fmt.Sprintf("own-%d-%s", n, strings.Trim(now.header.Get("ETag"), `W/"`))
	body := `{"resourceType":"Observation","id":"own","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"Own"},"identifier":[{"system":"urn:own","value":"` + mark + `"}]}`
	if _, err := w.do(200, token, "PUT", "/Observation/own", body, now.version()); err != nil {
		return err
	}
	for _, path := range []string{"/Observation/own", "/Observation/own/_history?_count=1", "/Observation?identifier=urn:own|" + mark, "/Patient/ann/Observation?_id=own"} {
		if a, err := w.do(200, token, "GET", path, ""); err != nil || !strings.Contains(a.body, mark) {
			return fmt.Errorf("%s doesn't have %s: %s, %v", path, mark, a.body, err)
		}
	}
	return nil
}

// suspends takes Bob's access and gives it back.
func (w *worker) suspends(doc string, bob *client) error {
	suspended := func(v string) step {
		return step{status: 200, token: doc, method: "POST", path: "/Patient/bob/$online-access", body: parameters("suspended", "Boolean", v)}
	}
	read := step{status: 200, token: bob.token, method: "GET", path: "/Condition/sprain"}
	list := step{status: 200, token: bob.token, method: "GET", path: "/Condition", found: []string{"Condition/sprain"}}
	refused, refusedList := read, step{status: 401, token: bob.token, method: "GET", path: "/Condition"}
	refused.status = 401
	return w.steps(read, list, suspended("true"), refused, refusedList, refused, suspended("false"), read, list)
}

// hides takes an entry out of Ann's sight and shows it again.
func (w *worker) hides(doc, ann string) error {
	read := step{status: 200, token: ann, method: "GET", path: "/Condition/cough"}
	list := step{status: 200, token: ann, method: "GET", path: "/Condition", found: []string{"Condition/asthma", "Condition/cough"}}
	absent, less := read, list
	absent.status, less.found = 404, []string{"Condition/asthma"}
	return w.steps(read, list, step{status: 200, token: doc, method: "POST", path: "/Condition/cough/$hide", body: because}, absent, less, absent,
		step{status: 200, token: doc, method: "POST", path: "/Condition/cough/$unhide", body: parameters()}, read, list)
}

// revokes approves an app and takes that back.
func (w *worker) revokes() error {
	ann, err := w.s.state.Account(w.s.Context(), "ann")
	if err != nil {
		return err
	}
	a, err := w.s.state.Approve(w.s.Context(), state.Approval{Client: "second", Account: "ann", Subject: ann.Subject, Person: ann.Person, Patient: "ann", Scopes: "patient/*.cruds"})
	if err != nil {
		return err
	}
	read := step{status: 200, token: w.s.practice.token(a), method: "GET", path: "/Condition/asthma"}
	refused := read
	refused.status = 401
	if err := w.steps(read); err != nil {
		return err
	}
	if err := w.s.state.Revoke(w.s.Context(), a.ID); err != nil {
		return err
	}
	return w.steps(refused, refused)
}
