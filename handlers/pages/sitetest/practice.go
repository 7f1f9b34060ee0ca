package sitetest

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
	"frontdesk/store/online"
)

// Password opens every account.
const Password = "correct horse battery"

// Practice is a practice of a few people: mary, a patient who is a proxy for tom too, ann, a patient, and drlee, who
// works there.
type Practice struct {
	*pagestest.Browser
	Store *store.Store
	State *state.Store
	Site  *pages.Site
	Grant func(ctx context.Context, account state.Account, as, patient string) (access.Grant, error)
	Smart *smart.Server
	Now   time.Time       // moved by tests
	Seen  []*store.Access // what the observer was told
	API   http.Handler    // below /fhir; nil: nothing
	// Rules are those of the store; nil: none. Set by a change of Open.
	Rules func(base string, r store.Records) []store.Rule
	Parts []pages.Part // of the site; set by a change of Open
	Brand func(*pages.Options)
	// Built changes it when the store is there and the site isn't yet; base is the FHIR base URL.
	Built func(p *Practice, base string)
}

// people are the record, a resource on each line.
const people = `
{"resourceType":"Organization","id":"here","name":"Here"}
{"resourceType":"Practitioner","id":"lee","name":[{"family":"Lee","given":["Ada"],"prefix":["Dr"]}]}
{"resourceType":"PractitionerRole","id":"lee","practitioner":{"reference":"Practitioner/lee"},"organization":{"reference":"Organization/here"}}
{"resourceType":"Patient","id":"mary","name":[{"family":"Jones","given":["Mary"]}],"birthDate":"1980-05-01","managingOrganization":{"reference":"Organization/here"}}
{"resourceType":"Patient","id":"ann","name":[{"family":"Hill","given":["Ann"]}],"birthDate":"1990-05-01","managingOrganization":{"reference":"Organization/here"}}
{"resourceType":"Patient","id":"tom","name":[{"family":"Jones","given":["Tom"]}],"birthDate":"2019-11-02","managingOrganization":{"reference":"Organization/here"}}
{"resourceType":"RelatedPerson","id":"3","active":true,"patient":{"reference":"Patient/tom"},"name":[{"family":"Jones","given":["Mary"]}]}
`

// Open opens the practice with Parts, and a browser at it.
func Open(t *testing.T, parts []pages.Part, change ...func(*Practice)) *Practice {
	t.Helper()
	r, err := spec.Load()
	must(t, err)
	p := &Practice{Parts: parts, Now: time.Now()}
	for _, c := range change {
		c(p)
	}
	now := func() time.Time { return p.Now }
	p.Browser = pagestest.New(t, http.HandlerFunc(p.serve))
	base := p.Base.String() + "/fhir"
	backend, options := memory.Open(r), store.Options{Base: base, Now: now}
	if p.Rules != nil {
		options.Rules = p.Rules(base, backend.Records())
	}
	p.Store = store.Open(backend, r, options)
	t.Cleanup(func() { p.Store.Close() })
	p.Put(strings.Split(strings.TrimSpace(people), "\n")...)
	must(t, online.Set(t.Context(), p.Store, fhir.Key{Type: "RelatedPerson", ID: "3"},
		online.Person{Sections: online.Defaults().Sections}))
	p.State = state.New(p.Store, now)
	for _, a := range []state.Account{
		{Name: "mary", Person: "Patient/mary", Related: []string{"RelatedPerson/3"}},
		{Name: "ann", Person: "Patient/ann"}, {Name: "drlee", Person: "Practitioner/lee"},
	} {
		p.AddAccount(a)
	}
	verifier, err := verify.New(verify.Options{Store: p.Store, State: p.State, Base: base, Issuer: smart.AuthURL(base),
		Now: now})
	must(t, err)
	p.Grant = verifier.Person
	if p.Built != nil {
		p.Built(p, base)
	}
	looks := pages.Options{Now: now}
	if p.Brand != nil {
		p.Brand(&looks)
	}
	shell := pages.New(looks)
	p.Smart, err = smart.New(smart.Options{Store: p.Store, State: p.State, Base: base, Grant: verifier.Grant,
		Pages: signin.Options{Shell: shell, Home: "/home"}})
	must(t, err)
	p.Site = pages.NewSite(shell, pages.SiteOptions{Store: p.Store, State: p.State, Names: p.Smart.People(),
		Roles: signin.Roles(p.Smart.People()),
		Grant: verifier.Person, Parts: p.Parts, Observer: func(*http.Request, string) store.Observer { return p }})
	return p
}

// Observe keeps what a Session tells of.
func (p *Practice) Observe(_ context.Context, a *store.Access) error {
	p.Seen = append(p.Seen, a)
	return nil
}

// serve answers as the server does: sign-in, the API, and else the site.
func (p *Practice) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case p.Smart.Serves(r.URL.Path):
		p.Smart.ServeHTTP(w, r)
	case p.API != nil && len(r.URL.Path) >= 5 && r.URL.Path[:5] == "/fhir":
		p.API.ServeHTTP(w, r)
	default:
		p.Site.ServeHTTP(w, r)
	}
}

// Put writes resources as the practice's own system does, in one commit.
func (p *Practice) Put(texts ...string) {
	p.T.Helper()
	var changes []store.Change
	for _, text := range texts {
		res, err := codec.Decode([]byte(text), codec.Limits{})
		must(p.T, err)
		changes = append(changes, store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID},
			Resource: res})
	}
	_, err := p.Store.As(access.Everything("test"), store.Unobserved).Transact(p.T.Context(), changes)
	must(p.T, err)
}

// hashed is what is kept of Password: it takes long to make, as it must.
var hashed struct {
	sync.Mutex
	value string
}

// AddAccount makes an account that Password opens.
func (p *Practice) AddAccount(a state.Account) {
	p.T.Helper()
	hashed.Lock()
	defer hashed.Unlock()
	if a.Password = hashed.value; a.Password != "" {
		must(p.T, p.State.AddAccount(p.T.Context(), a, ""))
		return
	}
	must(p.T, p.State.AddAccount(p.T.Context(), a, Password))
	kept, err := p.State.Account(p.T.Context(), a.Name)
	must(p.T, err)
	hashed.value = kept.Password
}

// SignIn has the browser be signed in as somebody.
func (p *Practice) SignIn(name string) {
	p.T.Helper()
	account, err := p.State.Account(p.T.Context(), name)
	must(p.T, err)
	cookie, _, err := p.State.SignIn(p.T.Context(), account, state.ByPassword)
	must(p.T, err)
	p.Enter(cookie)
}

// Enter has the browser be in a session, by its cookie.
func (p *Practice) Enter(cookie string) {
	p.Client.Jar.SetCookies(p.Base, []*http.Cookie{{Name: "frontdesk-session", Value: cookie, Path: "/"}})
}

// SignInAtPage signs somebody in as people do, by the sign-in page, and is the answer to that.
func (p *Practice) SignInAtPage(name string) *pagestest.Answer {
	p.T.Helper()
	return p.Submit(p.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {name}, "password": {Password}})
}

// Another is another browser at the same practice.
func (p *Practice) Another() *Practice {
	other := *p
	other.Browser = p.Browser.Another()
	return &other
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Count is how many resources a search finds, as "Task?patient=ann", whoever may see them.
func (p *Practice) Count(ask string) int {
	p.T.Helper()
	typ, query, _ := strings.Cut(ask, "?")
	q, err := search.Parse(p.Store.Registry(), []string{typ}, query, p.Store.SearchOptions())
	must(p.T, err)
	page, err := p.Store.As(access.Everything("test"), store.Unobserved).Search(p.T.Context(), q)
	must(p.T, err)
	return len(page.Items)
}

// Suspend has staff switch the online access of a patient off (P8).
func (p *Practice) Suspend(patient string) {
	p.T.Helper()
	must(p.T, online.Set(p.T.Context(), p.Store, fhir.Key{Type: "Patient", ID: patient},
		online.Person{Suspended: true}))
}
