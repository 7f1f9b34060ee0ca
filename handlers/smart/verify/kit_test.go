package verify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
)

const (
	base   = "https://frontdesk.example/fhir"
	issuer = "https://frontdesk.example/auth"
)

// registry is R4, loaded once.
var registry = sync.OnceValues(spec.Load)

// kit is a Verifier over an empty store, at a time that a test sets.
type kit struct {
	testing.TB
	*verify.Verifier
	store *store.Store
	state *state.Store
	now   time.Time
}

func newKit(t testing.TB, change ...func(*verify.Options)) *kit {
	t.Helper()
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	return newKitOn(t, memory.Open(r), r, change...)
}

func newKitOn(t testing.TB, backend store.Backend, r *spec.Registry, change ...func(*verify.Options)) *kit {
	t.Helper()
	k := &kit{TB: t, store: store.Open(backend, r, store.Options{Base: base}), now: time.Now()}
	clock := func() time.Time { return k.now }
	k.state = state.New(k.store, clock)
	o := verify.Options{Store: k.store, State: k.state, Base: base, Issuer: issuer, Now: clock}
	for _, c := range change {
		c(&o)
	}
	k.Verifier = k.new(o)
	return k
}

// new is another Verifier on the same store, as that of another instance.
func (k *kit) new(o verify.Options) *verify.Verifier {
	k.Helper()
	v, err := verify.New(o)
	if err != nil {
		k.Fatal(err)
	}
	return v
}

func (k *kit) must(err error) {
	k.Helper()
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kit) put(text string) {
	k.Helper()
	res, err := codec.Decode([]byte(text), codec.Limits{})
	k.must(err)
	_, err = k.store.As(access.Everything("test"), store.Unobserved).Write(context.Background(),
		store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res})
	k.must(err)
}

// account adds one and gives it as it's kept.
func (k *kit) account(a state.Account) state.Account {
	k.Helper()
	k.must(k.state.AddAccount(context.Background(), a, ""))
	kept, err := k.state.Account(context.Background(), a.Name)
	k.must(err)
	return kept
}

// approve has an account allow an app something.
func (k *kit) approve(a state.Account, scopes string) state.Approval {
	k.Helper()
	p := state.Approval{Client: "app", Account: a.Name, Subject: a.Subject, Person: a.Person, Scopes: scopes}
	if typ, id, _ := strings.Cut(a.Person, "/"); typ == "Patient" {
		p.Patient = id
	}
	p, err := k.state.Approve(context.Background(), p)
	k.must(err)
	return p
}

// ann is a patient who let an app read everything.
func (k *kit) ann() (state.Account, state.Approval) {
	k.Helper()
	a := k.account(state.Account{Name: "ann", Person: "Patient/1"})
	return a, k.approve(a, "patient/*.rs user/*.rs")
}

type claims map[string]any

// good are the claims of a token of ours.
func (k *kit) good(p state.Approval) claims {
	return claims{"iss": issuer, "aud": base, "sub": p.Subject, "client_id": p.Client, "scope": p.Scopes, "approval": p.ID,
		"iat": k.now.Unix(), "exp": k.now.Add(time.Hour).Unix(), "jti": "1"}
}

// with is the same claims, some changed and those that are nil gone.
func (c claims) with(change claims) claims {
	out := maps.Clone(c)
	maps.Copy(out, change)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

// sign makes a token with our own key.
func (k *kit) sign(typ string, c claims) string {
	k.Helper()
	s, err := k.state.SigningKey(context.Background())
	k.must(err)
	return signed(k, jose.RS256, s.Private, typ, c)
}

func signed(t testing.TB, alg jose.SignatureAlgorithm, key any, typ string, c claims) string {
	t.Helper()
	o := &jose.SignerOptions{}
	if typ != "" {
		o.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	return serialized(t, signer, c)
}

// token is a good one for what was approved.
func (k *kit) token(p state.Approval) string {
	k.Helper()
	return k.sign("at+jwt", k.good(p))
}

func request(headers ...string) *http.Request {
	r := httptest.NewRequest("GET", base+"/Patient/1", nil)
	for _, h := range headers {
		r.Header.Add("Authorization", h)
	}
	return r
}

// sees says whether a token lets its caller read a resource of the store.
func (k *kit) sees(token, typ, id string) bool {
	k.Helper()
	g, err := k.Grant(request("Bearer " + token))
	k.must(err)
	_, err = k.store.As(g, store.Unobserved).Read(context.Background(), fhir.Key{Type: typ, ID: id})
	if kind := fhir.KindOf(err); err != nil && kind != fhir.NotFound && kind != fhir.Forbidden {
		k.Fatal(err)
	}
	return err == nil
}

// refuses asserts a 401 that tells the client's OAuth library why, and the person what to do next; and gives what it
// says.
func (k *kit) refuses(what, token string) string {
	k.Helper()
	_, err := k.Grant(request("Bearer " + token))
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind != fhir.Unauthenticated || e.Challenge != "invalid_token" || !strings.HasSuffix(e.Issues[0].Text, ".") {
		k.Errorf("%s: got %v, want a refusal", what, err)
		return ""
	}
	return e.Issues[0].Text
}

// accepts asserts that a token is good.
func (k *kit) accepts(what, token string) {
	k.Helper()
	if _, err := k.Grant(request("Bearer " + token)); err != nil {
		k.Errorf("%s: %v", what, err)
	}
}

// comesToAccept is accepts for a token that another request has just been refused: go-oidc has requests that come while
// one waits for keys wait for the same, and for a moment after it failed lets others join it still.
func (k *kit) comesToAccept(what, token string) {
	k.Helper()
	var err error
	for range 1000 {
		if _, err = k.Grant(request("Bearer " + token)); err == nil {
			return
		}
		runtime.Gosched()
	}
	k.Errorf("%s: %v", what, err)
}

// patient is a record of two resources: Patient/id, and Observation/of-id in the organization's care.
func (k *kit) patient(id, organization string) {
	k.Helper()
	k.put(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"managingOrganization":{"reference":"Organization/%s"}}`, id, organization))
	k.put(fmt.Sprintf(`{"resourceType":"Observation","id":"of-%s","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/%s"}}`, id, id))
}

// public is a key set as an issuer shows it.
func public(keys ...jose.JSONWebKey) []byte {
	set := jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	text, err := json.Marshal(set)
	if err != nil {
		panic(err)
	}
	return text
}

func serialized(t testing.TB, signer jose.Signer, c claims) string {
	t.Helper()
	text, err := jwt.Signed(signer).Claims(map[string]any(c)).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
