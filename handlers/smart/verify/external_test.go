package verify_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store/online"
)

// provider is another issuer, which counts what is fetched of it.
type provider struct {
	testing.TB
	*httptest.Server
	key        jose.JSONWebKey
	down       atomic.Bool
	discovered atomic.Int32
	fetched    atomic.Int32
}

func newProvider(t testing.TB) *provider {
	p := &provider{TB: t}
	p.newKey("one")
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if p.discovered.Add(1); p.down.Load() {
			http.Error(w, "down", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, p.URL, p.URL+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		if p.fetched.Add(1); p.down.Load() {
			http.Error(w, "down", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write(public(p.key)); err != nil {
			t.Error(err)
		}
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) newKey(kid string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.Fatal(err)
	}
	p.key = jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: "RS256"}
}

// believing is a kit that accepts the provider's tokens.
func (p *provider) believing(change ...func(*verify.External)) *kit {
	e := verify.External{Issuer: p.URL}
	for _, c := range change {
		c(&e)
	}
	return newKit(p.TB, func(o *verify.Options) { o.Issuers = []verify.External{e} })
}

// good are the claims of a token of the provider for a patient who signed in.
func (p *provider) good(k *kit) claims {
	return claims{"iss": p.URL, "aud": base, "sub": "u1", "client_id": "app", "scope": "openid profile email patient/*.rs", "patient": "1",
		"fhirUser": base + "/Patient/1", "exp": k.now.Add(time.Hour).Unix()}
}

func (p *provider) sign(typ string, c claims) string { return signed(p, jose.RS256, p.key, typ, c) }

func TestExternal_TokensOfAConfiguredIssuerAreAccepted(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	k.patient("1", "a")
	k.patient("2", "a")
	for _, typ := range []string{"at+jwt", "JWT", ""} {
		token := p.sign(typ, p.good(k))
		if !k.sees(token, "Observation", "of-1") || k.sees(token, "Observation", "of-2") {
			t.Errorf("typ %q: the token must reach Patient/1's record and no other", typ)
		}
	}
	if n := p.fetched.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	newKit(t).refuses("by a server that doesn't know the issuer", p.sign("at+jwt", p.good(k)))
}

func TestExternal_OtherTokensOfItAreRefused(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	good := p.good(k)
	for what, token := range map[string]string{
		"expired":              p.sign("JWT", good.with(claims{"exp": k.now.Add(-time.Minute).Unix()})),
		"for another server":   p.sign("JWT", good.with(claims{"aud": "app"})),
		"an id_token":          p.sign("JWT", good.with(claims{"nonce": "n"})),
		"another id_token":     p.sign("JWT", good.with(claims{"at_hash": "h"})),
		"Keycloak's id_token":  p.sign("JWT", good.with(claims{"typ": "ID"})),
		"a refresh token":      p.sign("JWT", good.with(claims{"typ": "Refresh"})),
		"a logout token":       p.sign("logout+jwt", good),
		"bound to a key":       p.sign("at+jwt", good.with(claims{"cnf": claims{"jkt": "x"}})),
		"without scopes":       p.sign("JWT", good.with(claims{"scope": nil})),
		"scopes as an array":   p.sign("JWT", good.with(claims{"scope": []string{"patient/*.rs"}})),
		"without an app":       p.sign("JWT", good.with(claims{"client_id": nil})),
		"of somebody odd":      p.sign("JWT", good.with(claims{"fhirUser": "Device/1"})),
		"of somebody's else's": p.sign("JWT", good.with(claims{"fhirUser": "https://other.example/fhir/Patient/1"})),
		"by PS256":             signed(t, jose.PS256, p.key, "JWT", good),
		"by HS256":             signed(t, jose.HS256, jose.JSONWebKey{Key: public(p.key), KeyID: p.key.KeyID}, "JWT", good),
		"in our name":          p.sign("at+jwt", good.with(claims{"iss": issuer})),
	} {
		k.refuses(what, token)
	}
	ours, err := k.state.SigningKey(context.Background())
	k.must(err)
	k.refuses("our key in its name", signed(t, jose.RS256, ours.Private, "at+jwt", good))
	k.accepts("Keycloak's access token", p.sign("JWT", good.with(claims{"typ": "Bearer"})))
}

// However many tokens come, and by whatever kid, the issuer is asked once a minute.
func TestS10_AFloodOfForeignKidsFetchesTheKeysOnceAMinute(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	flood := func() {
		t.Helper()
		_, rest, _ := strings.Cut(p.sign("JWT", p.good(k)), ".")
		for i := range 1000 {
			header := fmt.Appendf(nil, `{"alg":"RS256","typ":"JWT","kid":"kid%d"}`, i)
			k.refuses("a foreign kid", base64.RawURLEncoding.EncodeToString(header)+"."+rest)
		}
	}
	k.accepts("a good one", p.sign("JWT", p.good(k)))
	flood()
	if n := p.fetched.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	p.newKey("two")
	k.refuses("a key that is too new", p.sign("JWT", p.good(k)))
	k.now = k.now.Add(verify.Every)
	k.comesToAccept("after a minute", p.sign("JWT", p.good(k)))
	flood()
	if n := p.fetched.Load(); n != 2 {
		t.Errorf("the keys were fetched %d times", n)
	}
}

func TestExternal_AnIssuerThatIsDownIsAskedAgain(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	p.down.Store(true)
	token := p.sign("JWT", p.good(k))
	unavailable := func() {
		t.Helper()
		if _, err := k.Grant(request("Bearer " + token)); fhir.KindOf(err) != fhir.Unavailable {
			t.Errorf("got %v", err)
		}
	}
	for range 20 {
		unavailable()
	}
	if n := p.discovered.Load(); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	k.now = k.now.Add(verify.Every)
	p.down.Store(false)
	k.comesToAccept("when it's up", token)
}

// A key that an issuer withdraws is believed for a while only, what was verified by it too; but not to be reached
// withdraws nothing.
func TestExternal_AWithdrawnKeyIsBelievedNoMore(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	token := p.sign("JWT", p.good(k))
	k.accepts("before", token)
	p.down.Store(true)
	k.now = k.now.Add(verify.Renew)
	k.accepts("while the issuer is down", token)
	k.accepts("another while it's down", p.sign("JWT", p.good(k).with(claims{"jti": "2"})))
	p.newKey("two")
	p.down.Store(false)
	k.now = k.now.Add(verify.Renew)
	k.refuses("a withdrawn key", token)
}

func TestExternal_ARememberedTokenExpires(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	token := p.sign("JWT", p.good(k).with(claims{"exp": k.now.Add(time.Minute).Unix()}))
	k.accepts("new", token)
	k.now = k.now.Add(61 * time.Second)
	k.refuses("old", token)
}

func TestExternal_PatientScopesNeedAPatient(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	k.patient("1", "a")
	token := p.sign("JWT", p.good(k).with(claims{"patient": nil}))
	if k.sees(token, "Patient", "1") {
		t.Error("patient/ scopes without a patient reach a record")
	}
	other := p.sign("JWT", p.good(k).with(claims{"patient": "1", "fhirUser": "Patient/2"}))
	if k.sees(other, "Patient", "1") {
		t.Error("a patient reaches another's record")
	}
	// Without a person the record the app was launched for is all there is.
	k.patient("2", "a")
	alone := p.sign("JWT", p.good(k).with(claims{"fhirUser": nil, "scope": "patient/Patient.rs user/*.rs system/*.rs"}))
	if !k.sees(alone, "Patient", "1") || k.sees(alone, "Observation", "of-1") || k.sees(alone, "Patient", "2") {
		t.Error("the token must reach Patient/1 and nothing else")
	}
}

func TestExternal_SystemScopesNeedASetting(t *testing.T) {
	p := newProvider(t)
	for _, backend := range []bool{false, true} {
		k := p.believing(func(e *verify.External) { e.Backend = backend })
		k.patient("1", "a")
		token := p.sign("JWT", p.good(k).with(claims{"patient": nil, "fhirUser": nil, "scope": "system/Patient.rs"}))
		if k.sees(token, "Patient", "1") != backend {
			t.Errorf("backend is %t", backend)
		}
		person := p.sign("JWT", p.good(k).with(claims{"fhirUser": "Patient/2", "scope": "system/Patient.rs"}))
		if k.sees(person, "Patient", "1") {
			t.Error("a person has system/ scopes")
		}
	}
}

func TestExternal_ClaimsHaveTheIssuersNames(t *testing.T) {
	p := newProvider(t)
	k := p.believing(func(e *verify.External) {
		e.Audiences, e.ScopeClaim, e.ScopeFormat = []string{"api://practice"}, "scp", "array"
		e.ClientClaim, e.PatientClaim, e.UserClaim = "cid", "https://practice.example/patient", "https://practice.example/user"
	})
	k.patient("1", "a")
	c := claims{"iss": p.URL, "aud": []string{"api://practice"}, "sub": "u1", "cid": "okta-app", "scp": []string{"https://graph.example/User.Read", "patient/*.rs", "patient/Nonsense.rs"},
		"https://practice.example/patient": "Patient/1", "https://practice.example/user": "Patient/1", "exp": k.now.Add(time.Hour).Unix()}
	token := p.sign("JWT", c)
	if !k.sees(token, "Observation", "of-1") {
		t.Error("the token must reach the record")
	}
	g, err := k.Grant(request("Bearer " + token))
	k.must(err)
	if g.Identity().Client != "okta-app" {
		t.Errorf("the caller is %+v", g.Identity())
	}
}

// P8 for people whose tokens another issuer makes: the account that is linked to the issuer's decides.
func TestExternal_ASuspendedPersonIsRefused(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	a := k.account(state.Account{Name: "ann", Person: "Patient/1", Upstream: []state.Identity{{Issuer: p.URL, Subject: "u1"}}})
	token := p.sign("JWT", p.good(k))
	k.accepts("before", token)
	k.must(k.state.Suspend(context.Background(), a.Name, true))
	k.refuses("suspended", token)
}

// P8 for people whose account here isn't linked to the issuer's login: whoever an account that is suspended is, by name
// or as a proxy, is suspended, however he or she comes.
func TestExternal_WhoseAccountIsSuspendedIsRefusedThoughItIsNotLinked(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	k.patient("1", "a")
	k.patient("10", "a")
	for id, of := range map[string]string{"mum": "1", "dad": "10"} {
		k.put(`{"resourceType":"RelatedPerson","id":"` + id + `","active":true,"patient":{"reference":"Patient/` + of + `"}}`)
		k.must(online.Set(t.Context(), k.store, fhir.Key{Type: "RelatedPerson", ID: id}, online.Person{Sections: online.Defaults().Sections}))
	}
	ann := k.account(state.Account{Name: "ann", Person: "Patient/1", Related: []string{"RelatedPerson/dad"}})
	of := func(person, patient string) string {
		return p.sign("JWT", p.good(k).with(claims{"fhirUser": person, "patient": patient}))
	}
	her, forAnother := of("Patient/1", "1"), of("RelatedPerson/dad", "10")
	others := map[string]string{"another patient": of("Patient/10", "10"), "her proxy": of("RelatedPerson/mum", "1")}
	k.accepts("before", her)
	k.accepts("as a proxy, before", forAnother)
	k.must(k.state.Suspend(t.Context(), ann.Name, true))
	k.refuses("suspended", her)
	k.refuses("suspended, as a proxy", forAnother)
	for who, token := range others {
		k.accepts(who, token)
	}
	k.must(k.state.Suspend(t.Context(), ann.Name, false))
	k.accepts("suspended no more", her)
	k.accepts("suspended no more, as a proxy", forAnother)
}

// P8 for people who have no account here at all: what staff decide about the Patient or RelatedPerson that the issuer
// names counts.
func TestExternal_ASuspendedPersonWithoutAnAccountIsRefused(t *testing.T) {
	p := newProvider(t)
	k := p.believing()
	k.patient("1", "a")
	k.put(`{"resourceType":"RelatedPerson","id":"dad","active":true,"patient":{"reference":"Patient/1"}}`)
	open := online.Person{Sections: online.Defaults().Sections}
	set := func(typ, id string, suspended bool) {
		t.Helper()
		decided := open
		decided.Suspended = suspended
		k.must(online.Set(t.Context(), k.store, fhir.Key{Type: typ, ID: id}, decided))
	}
	set("RelatedPerson", "dad", false)
	for who, token := range map[string]string{
		"the patient":         p.sign("JWT", p.good(k)),
		"nobody, for her":     p.sign("JWT", p.good(k).with(claims{"fhirUser": nil})),
		"the patient, by url": p.sign("JWT", p.good(k).with(claims{"patient": base + "/Patient/1", "fhirUser": "Patient/1"})),
		"her proxy":           p.sign("JWT", p.good(k).with(claims{"fhirUser": "RelatedPerson/dad"})),
	} {
		k.accepts(who+", before", token)
		set("Patient", "1", true)
		k.refuses(who+", suspended", token)
		set("Patient", "1", false)
		k.accepts(who+", suspended no more", token)
	}
	proxy := p.sign("JWT", p.good(k).with(claims{"fhirUser": "RelatedPerson/dad"}))
	set("RelatedPerson", "dad", true)
	k.refuses("a suspended proxy", proxy)
	k.accepts("the patient, whose proxy is suspended", p.sign("JWT", p.good(k)))
}
