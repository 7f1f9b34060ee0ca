package practice_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/conformance/checks"
	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/oauth"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
	"frontdesk/store/audit"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/online"
	"frontdesk/store/rules"
	"frontdesk/store/sqlite"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	base   = "https://gp.example/fhir"
	issuer = "https://gp.example/auth"
	// imports is where an import keeps its checkpoints.
	imports = "import"
)

var quiet = slog.New(slog.DiscardHandler)

// registry is R4, loaded once.
var registry = sync.OnceValues(spec.Load)

// backends are those that every story is told on.
var backends = map[string]func(testing.TB, *spec.Registry) (store.Backend, error){
	"memory": func(_ testing.TB, r *spec.Registry) (store.Backend, error) { return memory.Open(r), nil },
	"sqlite": func(t testing.TB, r *spec.Registry) (store.Backend, error) {
		return sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Logger: quiet, Base: base})
	},
	"mongodb": func(t testing.TB, r *spec.Registry) (store.Backend, error) {
		return opentest.Open(t, r, mongo.Options{Base: base}), nil
	},
}

// practice is two surgeries on one server, with its authorization server and its audit trail.
type practice struct {
	testing.TB
	http.Handler
	backend store.Backend
	store   *store.Store
	state   *state.Store
	audit   *audit.Recorder
	clock   *clock
	open    func(rules.Options) *store.Store // the store, by a server with other settings
	made    atomic.Int64                     // ids given to what was created
}

// clock is a time that a story puts forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// pass lets time go by.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// on tells a story in a practice on each backend.
func on(t *testing.T, story func(p *practice)) {
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			story(newPractice(t, open))
			checks.Count(t, "practice stories", name, 1)
		})
	}
}

// newPractice opens a practice with its people in it.
func newPractice(t testing.TB, open func(testing.TB, *spec.Registry) (store.Backend, error), trail ...func(*audit.Options)) *practice {
	t.Helper()
	p := &practice{TB: t, clock: &clock{}}
	r, err := registry()
	p.must(err)
	backend, err := open(t, r)
	p.must(err)
	p.over(backend, "new", trail...)
	p.load(people()...)
	p.must(online.Set(t.Context(), p.store, fhir.Key{Type: "RelatedPerson", ID: "dad"}, online.Person{Sections: online.Defaults().Sections}))
	p.must(p.state.AddClient(t.Context(), state.Client{ID: "app", Name: "An app", Kind: state.Public, Redirects: []string{"https://app.example/after"}, Scopes: everything}))
	for _, a := range []state.Account{{Name: "ann", Person: "Patient/ann"}, {Name: "bob", Person: "Patient/bob"}, {Name: "eve", Person: "Patient/eve"},
		{Name: "dad", Person: "RelatedPerson/dad"}, {Name: "doc", Person: "Practitioner/doc"}, {Name: "other", Person: "Practitioner/other"}} {
		p.must(p.state.AddAccount(t.Context(), a, ""))
	}
	return p
}

// over makes it a server on a backend, which gives what is created ids that begin with a name.
func (p *practice) over(backend store.Backend, name string, trail ...func(*audit.Options)) {
	p.Helper()
	p.backend = backend
	p.open = func(o rules.Options) *store.Store {
		o.Base, o.Registry, o.Records, o.Now, o.Imports = base, backend.Registry(), backend.Records(), p.clock.now,
			imports
		return store.Open(backend, backend.Registry(), store.Options{Base: base, Now: p.clock.now, Logger: quiet,
			Rules: rules.All(o),
			NewID: func() string { return fmt.Sprintf("%s-%06d", name, p.made.Add(1)) }})
	}
	p.store = p.open(rules.Options{})
	p.Cleanup(func() { p.must(p.store.Close()) })
	p.state = state.New(p.store, p.clock.now)
	o := audit.Options{Store: p.store, Base: base, Log: quiet, Now: p.clock.now}
	for _, change := range trail {
		change(&o)
	}
	p.audit = audit.New(o)
	p.Cleanup(func() { p.must(p.audit.Close(context.Background())) })
	p.serve()
}

// within has the same practice with other settings of its server.
func (p *practice) within(o rules.Options) {
	p.Helper()
	p.store = p.open(o) // the backend is closed by the first
	p.serve()
}

// everything is what the app may be granted.
const everything = "openid fhirUser launch/patient offline_access patient/*.cruds user/*.cruds"

// serve puts the server together as the program does.
func (p *practice) serve() { p.Helper(); p.Handler = p.server(handlers.Limits{}) }

// server is one within limits.
func (p *practice) server(limits handlers.Limits, change ...func(*handlers.Options)) http.Handler {
	p.Helper()
	verifier, err := verify.New(verify.Options{Store: p.store, State: p.state, Base: base, Issuer: issuer, Now: p.clock.now})
	p.must(err)
	auth, err := smart.New(smart.Options{Store: p.store, State: p.state, Base: base, Grant: verifier.Grant,
		Audit: p.audit.Record, Observer: p.audit, Log: quiet})
	p.must(err)
	o := handlers.Options{Store: p.store, Base: base, Grant: verifier.Grant, Observer: p.audit, Now: p.clock.now,
		Log: quiet, Origin: p.state.Origin, Limits: limits,
		Without: map[string][]string{"AuditEvent": {"update", "patch", "delete"}},
		Mounts:  []handlers.Mount{{Paths: auth.Paths(), Below: []string{auth.Below()}, Handler: auth, Fail: auth.Fail}}}
	for _, c := range change {
		c(&o)
	}
	api, err := handlers.New(o)
	p.must(err)
	return api
}

func (p *practice) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// load stores resources in one commit, as an import does: not as any client.
func (p *practice) load(all ...string) {
	p.Helper()
	p.must(p.imported(all...))
}

// imported is what an import of resources comes to.
func (p *practice) imported(all ...string) error {
	p.Helper()
	var changes []store.Change
	for _, text := range all {
		res, err := codec.Decode([]byte(text), codec.Limits{})
		p.must(err)
		changes = append(changes, store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res})
	}
	checkpoint := store.RecordWrite{Namespace: imports, Key: "loaded", Value: []byte("done"), Revision: -1}
	_, err := p.store.As(access.Everything("import"), store.Unobserved).Transact(p.Context(), changes, checkpoint)
	return err
}

// person is somebody's app. patient is the id of whose record it was opened for, "" for none.
func (p *practice) person(account, patient, scopes string) *client {
	p.Helper()
	a, err := p.state.Account(p.Context(), account)
	p.must(err)
	return p.approved(state.Approval{Client: "app", Account: a.Name, Subject: a.Subject, Person: a.Person, Patient: patient, Scopes: scopes})
}

// patient is the app of a patient of the practice, who let it do everything: an account by the patient's id.
func (p *practice) patient(id string) *client {
	p.Helper()
	return p.person(id, id, "patient/*.cruds")
}

// proxy is the app of Ann's father, opened for her record.
func (p *practice) proxy() *client { p.Helper(); return p.person("dad", "ann", "patient/*.cruds") }

// staff are the doctor of the north practice at work.
func (p *practice) staff() *client { p.Helper(); return p.person("doc", "", "user/*.cruds") }

// ehr is the practice's own system.
func (p *practice) ehr() *client {
	p.Helper()
	return p.approved(state.Approval{Client: "app", Subject: "ehr", Scopes: "system/*.cruds"})
}

// approved is an app with what was approved.
func (p *practice) approved(a state.Approval) *client {
	p.Helper()
	a, err := p.state.Approve(p.Context(), a)
	p.must(err)
	return &client{practice: p, approval: a, token: p.token(a)}
}

// token is an access token for what was approved, as the token endpoint makes them.
func (p *practice) token(a state.Approval) string {
	p.Helper()
	key, err := p.state.SigningKey(p.Context())
	p.must(err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.Private}, (&jose.SignerOptions{}).WithType("at+jwt"))
	p.must(err)
	now := p.clock.now()
	claims := oauth.Claims{Claims: jwt.Claims{Issuer: issuer, Subject: a.Subject, Audience: jwt.Audience{base}, ID: state.NewSecret(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(365 * 24 * time.Hour))}, Client: a.Client, Scope: a.Scopes, Approval: a.ID}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	p.must(err)
	return text
}

// people are who there is: Ann and Bob at the north practice, Ann's father, Eve at the south practice, and a doctor of
// each.
func people() []string {
	return []string{
		`{"resourceType":"Organization","id":"north","name":"North","active":true}`,
		`{"resourceType":"Organization","id":"south","name":"South","active":true}`,
		`{"resourceType":"Practitioner","id":"doc","name":[{"family":"Lee"}]}`,
		`{"resourceType":"Practitioner","id":"other","name":[{"family":"Ray"}]}`,
		role("doc", "north"), role("other", "south"),
		patient("ann", "north"), patient("bob", "north"), patient("eve", "south"),
		`{"resourceType":"RelatedPerson","id":"dad","active":true,"patient":{"reference":"Patient/ann"}}`,
		`{"resourceType":"Questionnaire","id":"q","url":"http://q.example/q","status":"active",` +
			`"subjectType":["Patient"]}`,
		`{"resourceType":"Location","id":"room","name":"Room 1","managingOrganization":{"reference":"Organization/north"}}`,
		`{"resourceType":"Schedule","id":"book","active":true,"actor":[{"reference":"Practitioner/doc"},{"reference":"Location/room"}]}`,
	}
}

func patient(id, practice string) string {
	return strings.NewReplacer("ID", id, "PRACTICE", practice).Replace(
		`{"resourceType":"Patient","id":"ID","name":[{"family":"ID"}],"managingOrganization":{"reference":"Organization/PRACTICE"}}`)
}

func role(practitioner, practice string) string {
	return strings.NewReplacer("WHO", practitioner, "PRACTICE", practice).Replace(`{"resourceType":"PractitionerRole","id":"WHO","active":true,` +
		`"practitioner":{"reference":"Practitioner/WHO"},"organization":{"reference":"Organization/PRACTICE"}}`)
}
