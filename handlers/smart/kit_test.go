package smart_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
	"frontdesk/store/online"
)

// world is a practice with its authorization server, over HTTP.
type world struct {
	t        testing.TB
	URL      string // of the machine
	base     string // FHIR
	auth     string // issuer
	clock    *clock
	store    *store.Store
	state    *state.Store
	server   *smart.Server
	verifier *verify.Verifier
	person   *person // who sits at the browser
}

// person answers what an app asks, as the pages would have it answered.
type person struct {
	flow     *smart.Server
	session  state.Session
	decision signin.Decision
	asked    *signin.Asked
	failed   error
}

// ServeHTTP is the consent page, with the person's answer at once.
func (p *person) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("request")
	asked, err := p.flow.Asked(r.Context(), id)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	p.asked = asked
	d := p.decision
	if d.Sections == nil {
		for _, s := range asked.Sections {
			d.Sections = append(d.Sections, s.Name)
		}
	}
	p.flow.Decide(w, r, id, p.session, d)
}

// Fail is the error page.
func (p *person) Fail(w http.ResponseWriter, _ *http.Request, err error) {
	p.failed = err
	http.Error(w, "an error page", http.StatusBadRequest)
}

// clock stands still until a test puts it forward, so that no test depends on how fast the machine is.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// records are who there is: two patients of two practices, a member of staff of one, and a father who acts for one of
// them.
var records = []string{
	`{"resourceType":"Organization","id":"north","name":"North"}`,
	`{"resourceType":"Organization","id":"south","name":"South"}`,
	`{"resourceType":"Practitioner","id":"doc"}`,
	`{"resourceType":"PractitionerRole","id":"r1","active":true,"practitioner":{"reference":"Practitioner/doc"},"organization":{"reference":"Organization/north"}}`,
	`{"resourceType":"Patient","id":"annie","name":[{"family":"Jones","given":["Annie"]}],"managingOrganization":{"reference":"Organization/north"}}`,
	`{"resourceType":"Patient","id":"bob","name":[{"family":"Smith","given":["Bob"]}],"managingOrganization":{"reference":"Organization/south"}}`,
	`{"resourceType":"RelatedPerson","id":"dad","active":true,"patient":{"reference":"Patient/annie"}}`,
	`{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"AMB"},
		"subject":{"reference":"Patient/annie"},"serviceProvider":{"reference":"Organization/north"}}`,
	`{"resourceType":"Encounter","id":"e2","status":"finished","class":{"code":"AMB"},
		"subject":{"reference":"Patient/bob"},"serviceProvider":{"reference":"Organization/south"}}`,
}

// newWorld opens a practice in memory. Whoever asks /fhir/anything with a token is told who the token makes it.
func newWorld(t testing.TB, change ...func(*smart.Options)) *world {
	t.Helper()
	return newWorldOn(t, func(r *spec.Registry) store.Backend { return memory.Open(r) }, change...)
}

// newWorldOn opens it on a backend.
func newWorldOn(t testing.TB, open func(*spec.Registry) store.Backend, change ...func(*smart.Options)) *world {
	t.Helper()
	r, err := spec.Load()
	must(t, err)
	w := &world{t: t, clock: newClock(), person: &person{}}
	server := httptest.NewUnstartedServer(nil)
	w.URL = "http://" + server.Listener.Addr().String()
	w.base, w.auth = w.URL+"/fhir", w.URL+"/auth"
	w.store = store.Open(open(r), r, store.Options{Base: w.base, Now: w.clock.now})
	t.Cleanup(func() { w.store.Close() })
	w.state = state.New(w.store, w.clock.now)
	w.verifier, err = verify.New(verify.Options{Store: w.store, State: w.state, Base: w.base, Issuer: w.auth, Now: w.clock.now})
	must(t, err)
	o := smart.Options{Store: w.store, State: w.state, Base: w.base, Grant: w.verifier.Grant, Interact: func(s *smart.Server) smart.Interaction {
		w.person.flow = s
		return w.person
	}}
	for _, c := range change {
		c(&o)
	}
	w.server, err = smart.New(o)
	must(t, err)
	server.Config.Handler = http.HandlerFunc(w.serve)
	server.Start()
	t.Cleanup(server.Close)
	w.load(records...)
	must(t, online.Set(t.Context(), w.store, fhir.Key{Type: "RelatedPerson", ID: "dad"}, online.Person{Sections: online.Defaults().Sections}))
	w.people()
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	if w.server.Serves(r.URL.Path) {
		w.server.ServeHTTP(rw, r)
		return
	}
	g, err := w.verifier.Grant(r)
	if err != nil {
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	json.NewEncoder(rw).Encode(g.Identity())
}

// load stores resources.
func (w *world) load(all ...string) {
	w.t.Helper()
	var changes []store.Change
	for _, text := range all {
		res, err := codec.Decode([]byte(text), codec.Limits{})
		must(w.t, err)
		changes = append(changes, store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res})
	}
	_, err := w.store.As(access.Everything("test"), store.Unobserved).Transact(w.t.Context(), changes)
	must(w.t, err)
}

// people makes accounts, and signs Annie in.
func (w *world) people() {
	w.t.Helper()
	for _, a := range []state.Account{{Name: "annie", Person: "Patient/annie"}, {Name: "bob", Person: "Patient/bob", Related: []string{"RelatedPerson/dad"}},
		{Name: "doc", Person: "Practitioner/doc"}} {
		must(w.t, w.state.AddAccount(w.t.Context(), a, ""))
	}
	w.signIn("annie")
	w.person.decision = signin.Decision{As: "Patient/annie", Patient: "annie"}
}

// signIn puts somebody before the browser. The cookie ends the session.
func (w *world) signIn(name string) (cookie string) {
	w.t.Helper()
	a, err := w.state.Account(w.t.Context(), name)
	must(w.t, err)
	cookie, w.person.session, err = w.state.SignIn(w.t.Context(), a)
	must(w.t, err)
	return cookie
}
