package smart_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/state"
)

// published checks a JWT's signature by the keys that are published, and that it's by RS256.
func (w *world) published(token string) ([]byte, error) {
	w.t.Helper()
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(w.get(w.auth + "/jwks").body)
	must(w.t, err)
	var set jose.JSONWebKeySet
	must(w.t, json.Unmarshal(text, &set))
	found := set.Key(signed.Signatures[0].Protected.KeyID)
	if len(found) != 1 {
		return nil, errors.New("its key isn't published")
	}
	return signed.Verify(found[0])
}

// A client's public key must never be taken for a secret, nor a signature be left out (RS/HS confusion, alg none).
func TestAlgorithmConfusionIsRefused(t *testing.T) {
	w := newWorld(t)
	w.back()
	good := w.assert()
	payload := strings.Split(good, ".")[1]
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for what, text := range map[string]string{
		"none":                 encode(`{"alg":"none","kid":"1","typ":"JWT"}`) + "." + payload + ".",
		"None":                 encode(`{"alg":"None","kid":"1","typ":"JWT"}`) + "." + payload + ".",
		"none, with a tail":    encode(`{"alg":"none","kid":"1","typ":"JWT"}`) + "." + payload + ".AAAA",
		"another header":       encode(`{"alg":"RS384","kid":"1","typ":"JWT"}`) + "." + payload + "." + strings.Split(good, ".")[2],
		"another payload":      strings.Split(good, ".")[0] + "." + encode(`{"iss":"back","sub":"back"}`) + "." + strings.Split(good, ".")[2],
		"a key of its own":     w.assert(func(a *assertion) { a.key, a.header["jwk"] = otherKey(), jose.JSONWebKey{Key: otherKey().Public()} }),
		"HS by the public key": w.assert(func(a *assertion) { a.algorithm, a.key = jose.HS384, []byte(jwks(t, ecKey())) }),
	} {
		w.refuses(what, w.service(text, nil), "invalid_client")
	}
	// Our own tokens say what they are by typ; an access token is no assertion, and none is accepted for another.
	w.refuses("an access token", w.service(w.service(good, nil).str("access_token"), nil), "invalid_client")
}

// E11: a confidential client is told of its own tokens only, and of others' what it is told of none, unless it is
// registered as a resource server.
func TestE11_IntrospectionIsOfOnesOwnTokens(t *testing.T) {
	w := newWorld(t)
	w.register()
	secret := state.NewSecret()
	hash, err := state.HashSecret(secret)
	must(t, err)
	w.register(func(c *state.Client) { c.ID, c.Kind, c.Secret = "sym", state.Symmetric, hash })
	w.back()
	others := w.tokens(map[string]string{"scope": offline})
	own := w.redeem(w.code(map[string]string{"client_id": "sym", "scope": offline}), map[string]string{"client_id": ""}, basic("sym", secret))
	service := w.service(w.assert(), nil).str("access_token")
	for what, try := range map[string]struct {
		token string
		as    func(*http.Request)
		told  bool
	}{
		"own":                        {own.str("access_token"), basic("sym", secret), true},
		"own refresh token":          {own.str("refresh_token"), basic("sym", secret), true},
		"another's":                  {others.str("access_token"), basic("sym", secret), false},
		"another's refresh token":    {others.str("refresh_token"), basic("sym", secret), false},
		"a service's own":            {service, bearer(service), true},
		"another's, by a service":    {others.str("access_token"), bearer(service), false},
		"the service's, by a client": {service, basic("sym", secret), false},
	} {
		got := w.post("/introspect", url.Values{"token": {try.token}}, try.as)
		if got.status != http.StatusOK || got.body["active"] != try.told || !try.told && len(got.body) != 1 {
			t.Errorf("%s: %d %v", what, got.status, got.body)
		}
	}
}

// N1, and what introspection may not tell to whom.
func TestN1_IntrospectionTellsOfGoodTokensOnly(t *testing.T) {
	w := newWorld(t)
	w.register()
	secret := state.NewSecret()
	hash, err := state.HashSecret(secret)
	must(t, err)
	w.register(func(c *state.Client) { c.ID, c.Kind, c.Secret, c.ResourceServer = "sym", state.Symmetric, hash, true })
	w.back(func(c *state.Client) { c.ResourceServer = true })
	a := w.tokens(map[string]string{"scope": offline})
	ask := func(token string) answer {
		return w.post("/introspect", url.Values{"token": {token}}, basic("sym", secret))
	}
	got := ask(a.str("access_token"))
	if got.status != http.StatusOK {
		t.Fatalf("%d %v", got.status, got.body)
	}
	c := claims(t, a.str("access_token"))
	for name, want := range map[string]any{"active": true, "scope": offline, "client_id": "app", "exp": c["exp"], "iss": w.auth, "sub": c["sub"], "patient": "annie",
		"fhirUser": w.base + "/Patient/annie", "need_patient_banner": true, "token_type": "Bearer"} {
		if got.body[name] != want {
			t.Errorf("%s is %v, want %v", name, got.body[name], want)
		}
	}
	if refresh := ask(a.str("refresh_token")); refresh.body["active"] != true || refresh.body["client_id"] != "app" {
		t.Errorf("refresh token: %v", refresh.body)
	}
	service := w.service(w.assert(), nil).str("access_token")
	if got := w.post("/introspect", url.Values{"token": {a.str("access_token")}}, bearer(service)); got.body["active"] != true {
		t.Errorf("by a backend service: %d %v", got.status, got.body)
	}
	for what, got := range map[string]answer{
		"nobody":           w.post("/introspect", url.Values{"token": {a.str("access_token")}}),
		"a public client":  w.post("/introspect", url.Values{"token": {a.str("access_token")}, "client_id": {"app"}}),
		"a wrong secret":   w.post("/introspect", url.Values{"token": {a.str("access_token")}}, basic("sym", "x")),
		"a patient's app":  w.post("/introspect", url.Values{"token": {a.str("access_token")}}, bearer(a.str("access_token"))),
		"an unknown token": w.post("/introspect", url.Values{"token": {service}}, bearer("rubbish")),
	} {
		if got.status < 400 || got.body["active"] != nil {
			t.Errorf("%s: %d %v", what, got.status, got.body)
		}
	}
	w.refuses("without a token", w.post("/introspect", url.Values{"x": {"y"}}, basic("sym", secret)), "invalid_request")
	inactive := func(what, token string) {
		t.Helper()
		if got := ask(token); got.status != http.StatusOK || got.body["active"] != false || len(got.body) != 1 {
			t.Errorf("%s: %d %v", what, got.status, got.body)
		}
	}
	inactive("rubbish", "rubbish")
	inactive("an id_token", a.str("id_token"))
	inactive("another's signature", w.assert())
	must(t, w.state.Suspend(t.Context(), "annie", true))
	inactive("suspended", a.str("access_token"))
	must(t, w.state.Suspend(t.Context(), "annie", false))
	next := w.refresh(a.str("refresh_token"), nil)
	inactive("a rotated refresh token", a.str("refresh_token"))
	w.clock.pass(61 * time.Minute)
	inactive("expired", next.str("access_token"))
	must(t, w.state.Revoke(t.Context(), c["approval"].(string)))
	inactive("revoked", next.str("refresh_token"))
}

func TestRevocationIsTheClientsOwnAndAtOnce(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.register(func(c *state.Client) { c.ID = "other" })
	for _, which := range []string{"refresh_token", "access_token"} {
		for _, hint := range []string{"", "refresh_token", "access_token", "rubbish"} {
			a := w.tokens(map[string]string{"scope": offline})
			revoke := func(client string) answer {
				return w.post("/revoke", with(url.Values{"token": {a.str(which)}, "client_id": {client}}, map[string]string{"token_type_hint": hint}))
			}
			// To another client it is as if it weren't there.
			if got := revoke("other"); got.status != http.StatusOK || !w.alive(a.str("access_token")) {
				t.Errorf("%s, %s: by another client: %d", which, hint, got.status)
			}
			if got := revoke("app"); got.status != http.StatusOK || w.alive(a.str("access_token")) {
				t.Errorf("%s, %s: %d", which, hint, got.status)
			}
			w.refuses("refresh after it", w.refresh(a.str("refresh_token"), nil), "invalid_grant")
			if got := revoke("app"); got.status != http.StatusOK {
				t.Errorf("again: %d", got.status)
			}
		}
	}
	if got := w.post("/revoke", url.Values{"token": {"rubbish"}, "client_id": {"app"}}); got.status != http.StatusOK {
		t.Errorf("an unknown token: %d", got.status)
	}
	w.refuses("no client", w.post("/revoke", url.Values{"token": {"rubbish"}}), "invalid_client")
	w.refuses("no token", w.post("/revoke", url.Values{"client_id": {"app"}}), "invalid_request")
}

func TestS3_WhatIsAskedInVersion1IsEchoedInVersion1(t *testing.T) {
	w := newWorld(t)
	w.register()
	for _, scope := range []string{"patient/*.read", "patient/Observation.write", "patient/*.*", "user/Patient.read", "patient/*.rs",
		"patient/Observation.rs?category=laboratory"} {
		a := w.tokens(map[string]string{"scope": scope})
		if a.str("scope") != scope || claims(t, a.str("access_token"))["scope"] != scope {
			t.Errorf("%s: granted %q", scope, a.str("scope"))
		}
	}
}

func TestS5_AppsNeverGetMoreThanTheyAreRegisteredFor(t *testing.T) {
	w := newWorld(t)
	w.register(func(c *state.Client) { c.Scopes = "launch/patient patient/Observation.rs patient/Condition.rs" })
	for asked, granted := range map[string]string{
		"patient/*.cruds launch/patient":              "launch/patient patient/Condition.rs patient/Observation.rs",
		"patient/Observation.cruds":                   "patient/Observation.rs",
		"patient/Observation.r openid offline_access": "patient/Observation.r",
		"patient/Observation.rs user/Observation.rs":  "patient/Observation.rs",
	} {
		a := w.tokens(map[string]string{"scope": asked})
		got := strings.Fields(a.str("scope"))
		slices.Sort(got)
		if strings.Join(got, " ") != granted {
			t.Errorf("%s: granted %q", asked, a.str("scope"))
		}
	}
	w.sentBack("nothing of it", w.authorize(map[string]string{"scope": "patient/Patient.rs"}), "invalid_scope")
	w.sentBack("system", w.authorize(map[string]string{"scope": "system/*.rs"}), "invalid_scope")
	for _, bad := range []string{"patient/*.sr", "patient/Nothing.rs", "patient/*", "rubbish", "patient/Observation.rs?nothing=1", "profil email"} {
		w.sentBack(bad, w.authorize(map[string]string{"scope": bad}), "invalid_scope")
	}
}

func TestS6_WhatThePersonSwitchedOffIsReported(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.code(map[string]string{"scope": "patient/*.rs"})
	var names []string
	for _, s := range w.person.asked.Sections {
		names = append(names, s.Name)
	}
	if len(names) < 3 {
		t.Fatalf("sections %q", names)
	}
	w.person.decision.Sections = names[:1]
	a := w.tokens(map[string]string{"scope": "patient/*.rs offline_access"})
	if a.str("scope") == "patient/*.rs offline_access" || strings.Contains(a.str("scope"), "patient/*.rs") || !strings.Contains(a.str("scope"), "offline_access") {
		t.Errorf("granted %q with only %s left on", a.str("scope"), names[0])
	}
	if a.str("scope") != claims(t, a.str("access_token"))["scope"] {
		t.Error("the token says otherwise")
	}
	w.refuses("to widen it again", w.refresh(a.str("refresh_token"), map[string]string{"scope": "patient/*.rs"}), "invalid_scope")
	w.person.decision = signin.Decision{As: "Patient/annie", Patient: "annie", Once: true}
	if a := w.tokens(map[string]string{"scope": "offline_access patient/*.rs"}); a.str("scope") != "patient/*.rs" || a.str("refresh_token") != "" {
		t.Errorf("this time only: %v", a.body)
	}
	w.person.decision = signin.Decision{As: "Patient/annie", Patient: "annie",
		Until: w.clock.now().Add(30 * 24 * time.Hour)}
	a = w.tokens(map[string]string{"scope": "offline_access patient/*.rs"})
	w.clock.pass(29 * 24 * time.Hour)
	w.signIn("annie")
	if a = w.refresh(a.str("refresh_token"), nil); a.status != http.StatusOK {
		t.Fatalf("within the time: %v", a.body)
	}
	w.clock.pass(2 * 24 * time.Hour)
	w.refuses("after it", w.refresh(a.str("refresh_token"), nil), "invalid_grant")
}

func TestS7_PatientScopesEstablishAPatient(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.person.decision.Patient = ""
	if to := w.authorize(map[string]string{"scope": "patient/*.rs"}); to != nil {
		t.Errorf("without a patient: %s", to)
	}
	if a := w.tokens(map[string]string{"scope": "user/*.rs"}); a.body["patient"] != nil || !w.alive(a.str("access_token")) {
		t.Errorf("user/ scopes need none: %v", a.body)
	}
	w.person.decision.Patient = "annie"
	a := w.tokens(map[string]string{"scope": "patient/*.rs"})
	if who := w.get(w.base+"/Patient", bearer(a.str("access_token"))); who.body["patient"] != "annie" || who.body["client"] != "app" {
		t.Errorf("%v", who.body)
	}
}
