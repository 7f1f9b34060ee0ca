package smart_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
)

// discovery is the discovery document.
func (w *world) discovery() map[string]any {
	w.t.Helper()
	a := w.get(w.base + "/.well-known/smart-configuration")
	if a.status != http.StatusOK {
		w.t.Fatal(a.status)
	}
	return a.body
}

// list is an array of strings in a document.
func list(doc map[string]any, name string) []string {
	var out []string
	values, _ := doc[name].([]any)
	for _, v := range values {
		s, _ := v.(string)
		out = append(out, s)
	}
	return out
}

func TestD1_DiscoveryIsJSONWhateverTheAcceptHeader(t *testing.T) {
	w := newWorld(t)
	for _, accept := range []string{"", "application/json", "application/fhir+json", "application/fhir+xml", "text/html", "image/png;q=0.1", "rubbish"} {
		a := w.get(w.base+"/.well-known/smart-configuration", func(r *http.Request) { r.Header.Set("Accept", accept) })
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" || a.body["token_endpoint"] == nil {
			t.Errorf("%q: %d %s", accept, a.status, a.header.Get("Content-Type"))
		}
	}
}

func TestD2_AllURLsOfDiscoveryAreAbsolute(t *testing.T) {
	w := newWorld(t)
	seen := 0
	for name, value := range w.discovery() {
		text, isString := value.(string)
		if !isString || name != "issuer" && !strings.HasSuffix(name, "_endpoint") && !strings.HasSuffix(name, "_uri") {
			continue
		}
		seen++
		if u, err := url.Parse(text); err != nil || !u.IsAbs() || u.Host == "" {
			t.Errorf("%s: %q", name, text)
		}
	}
	if seen < 8 {
		t.Errorf("only %d URLs", seen)
	}
	for base, want := range map[string]string{"https://h/fhir": "https://h/auth", "https://h": "https://h/auth", "https://h/a/b/fhir": "https://h/a/b/auth",
		"http://127.0.0.1:8080/fhir": "http://127.0.0.1:8080/auth"} {
		if got := smart.AuthURL(base); got != want {
			t.Errorf("the authorization server of %s is at %s", base, got)
		}
	}
}

func TestD3_DiscoverySaysWhatTheTokenEndpointCan(t *testing.T) {
	doc := newWorld(t).discovery()
	if doc["token_endpoint"] == nil || len(list(doc, "capabilities")) == 0 {
		t.Error("no token_endpoint or capabilities")
	}
	if got := list(doc, "code_challenge_methods_supported"); !slices.Equal(got, []string{"S256"}) {
		t.Errorf("challenge methods %q", got)
	}
	for _, grant := range []string{"authorization_code", "refresh_token", "client_credentials"} {
		if !slices.Contains(list(doc, "grant_types_supported"), grant) {
			t.Error("no", grant)
		}
	}
}

func TestD4_DiscoveryLeadsToIdentity(t *testing.T) {
	w := newWorld(t)
	doc := w.discovery()
	if doc["issuer"] != w.auth || doc["authorization_endpoint"] != w.auth+"/authorize" {
		t.Errorf("%v", doc)
	}
	oidc := w.get(doc["issuer"].(string) + "/.well-known/openid-configuration")
	if oidc.status != http.StatusOK || oidc.body["issuer"] != doc["issuer"] || oidc.body["jwks_uri"] != doc["jwks_uri"] {
		t.Errorf("openid-configuration %v", oidc.body)
	}
	for _, name := range []string{"subject_types_supported", "id_token_signing_alg_values_supported", "response_types_supported"} { // Discovery 1.0, 3
		if len(list(oidc.body, name)) == 0 {
			t.Error("no", name)
		}
	}
	keys := w.get(doc["jwks_uri"].(string))
	text, err := json.Marshal(keys.body)
	must(t, err)
	var set jose.JSONWebKeySet
	must(t, json.Unmarshal(text, &set))
	if len(set.Keys) != 1 || set.Keys[0].Algorithm != "RS256" || !set.Keys[0].IsPublic() || set.Keys[0].KeyID == "" || strings.Contains(string(text), `"d"`) {
		t.Errorf("keys %s", text)
	}
}

func TestD5_DiscoveryNamesScopesAndHowClientsSign(t *testing.T) {
	doc := newWorld(t).discovery()
	for name, want := range map[string][]string{
		"scopes_supported": {"openid", "fhirUser", "launch", "launch/patient", "offline_access", "online_access", "patient/*.rs",
			"user/*.cruds", "system/*.rs"},
		"token_endpoint_auth_methods_supported":            {"private_key_jwt", "client_secret_basic", "none"},
		"token_endpoint_auth_signing_alg_values_supported": {"RS384", "ES384"},
	} {
		for _, one := range want {
			if !slices.Contains(list(doc, name), one) {
				t.Errorf("%s has no %s", name, one)
			}
		}
	}
}

func TestD6_EveryEndpointAndScopeThatIsListedWorks(t *testing.T) {
	w := newWorld(t)
	doc := w.discovery()
	if !slices.Equal(list(doc, "response_types_supported"), []string{"code"}) {
		t.Error(list(doc, "response_types_supported"))
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "introspection_endpoint", "revocation_endpoint", "management_endpoint", "userinfo_endpoint"} {
		u, _ := doc[name].(string)
		if a := w.get(u); u == "" || a.status == http.StatusNotFound {
			t.Errorf("%s: %q %d", name, u, a.status)
		}
	}
	w.register(func(c *state.Client) { c.Scopes = strings.Join(list(doc, "scopes_supported"), " ") })
	w.back(func(c *state.Client) { c.Scopes = strings.Join(list(doc, "scopes_supported"), " ") })
	for _, scope := range list(doc, "scopes_supported") {
		granted := ""
		switch {
		case strings.HasPrefix(scope, "system/"):
			granted = w.service(w.assert(), map[string]string{"scope": scope}).str("scope")
		case scope == "launch":
			w.person.decision.As, w.person.decision.Patient = "Practitioner/doc", "annie"
			w.signIn("doc")
			granted = w.tokens(map[string]string{"scope": "launch patient/*.rs", "launch": w.ehr("doc", map[string]any{"patient": "annie"})}).str("scope")
			w.person.decision.As = "Patient/annie"
			w.signIn("annie")
		default:
			granted = w.tokens(map[string]string{"scope": scope + " patient/Observation.r"}).str("scope")
		}
		if !slices.Contains(strings.Fields(granted), scope) {
			t.Errorf("%s: granted %q", scope, granted)
		}
	}
}

// Which test shows that a capability works.
var shown = map[string]string{
	"launch-ehr": "TestA8", "launch-standalone": "TestL1", "authorize-post": "TestA1", "client-public": "TestT5",
	"client-confidential-symmetric": "TestT5", "client-confidential-asymmetric": "TestC2", "sso-openid-connect": "TestI1",
	"context-ehr-patient": "TestL1", "context-ehr-encounter": "TestL1", "context-standalone-patient": "TestL1", "context-banner": "TestL1",
	"context-style": "TestL1", "permission-offline": "TestR3", "permission-online": "TestR3", "permission-patient": "TestS7",
	"permission-user": "TestS7", "permission-v1": "TestS3", "permission-v2": "TestS3", "urn:frontdesk:smart:launch-endpoint": "TestA8",
}

func TestD8_EveryCapabilityIsOfSMARTAndShownByATest(t *testing.T) {
	listed := list(newWorld(t).discovery(), "capabilities")
	for _, c := range listed {
		if shown[c] == "" {
			t.Errorf("no test shows %s", c)
		}
	}
	if len(listed) != len(shown) {
		t.Errorf("%d are listed, %d have tests", len(listed), len(shown))
	}
}

// D9: capabilities of our own are full URIs; what SMART doesn't name must be one.
func TestD9_CapabilitiesOfOurOwnAreURIs(t *testing.T) {
	doc := newWorld(t).discovery()
	if at := doc["urn:frontdesk:smart:launch-endpoint"]; at != doc["issuer"].(string)+"/launch" {
		t.Errorf("the launch endpoint is at %v", at)
	}
	for _, c := range list(doc, "capabilities") {
		if u, err := url.Parse(c); strings.ContainsAny(c, ":/") && (err != nil || !u.IsAbs()) {
			t.Errorf("%s is neither SMART's nor a URI", c)
		}
	}
}

func TestX1_AnyWebPageMayReadDiscovery(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/fhir/.well-known/smart-configuration", "/auth/.well-known/openid-configuration", "/auth/jwks"} {
		a := w.get(w.URL+path, page("https://anywhere.example"))
		if a.status != http.StatusOK || a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
}

// page is a request of a web page.
func page(origin string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Origin", origin) }
}

func TestX2_PagesOfRegisteredAppsMayCallTheTokenEndpoint(t *testing.T) {
	w := newWorld(t)
	w.register()
	for _, path := range []string{"/token", "/revoke", "/introspect", "/userinfo"} {
		for origin, want := range map[string]string{"https://app.example": "https://app.example", "https://evil.example": "", "null": ""} {
			preflight := func(r *http.Request) {
				r.Method = http.MethodOptions
				r.Header.Set("Origin", origin)
				r.Header.Set("Access-Control-Request-Method", "POST")
				r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
			}
			if a := w.get(w.auth+path, preflight); a.header.Get("Access-Control-Allow-Origin") != want || want != "" && a.status != http.StatusNoContent {
				t.Errorf("preflight of %s from %s: %d %v", path, origin, a.status, a.header)
			}
			if a := w.post(path, url.Values{"x": {"y"}}, page(origin)); a.header.Get("Access-Control-Allow-Origin") != want {
				t.Errorf("%s from %s: %v", path, origin, a.header)
			}
		}
	}
	if a := w.get(w.auth+"/authorize", page("https://app.example")); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a page may read what authorize answers")
	}
}

// What people see may not be framed, and what isn't there is said so.
func TestEveryAnswerForbidsFraming(t *testing.T) {
	w := newWorld(t, func(o *smart.Options) { o.Interact = nil })
	for _, path := range []string{"/auth/authorize", "/auth/sign-in", "/auth/consent", "/auth/jwks", "/auth/nothing-here", "/fhir/.well-known/smart-configuration"} {
		resp, err := http.Get(w.URL + path)
		must(t, err)
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: %q", path, csp)
		}
		referrer := resp.Header.Get("Referrer-Policy") // of a page a form's Origin must be sent
		if resp.Header.Get("X-Request-Id") == "" || referrer != "no-referrer" && referrer != "same-origin" {
			t.Errorf("%s: %v", path, resp.Header)
		}
	}
}
