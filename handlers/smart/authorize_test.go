package smart_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/state"
)

func TestA1_AuthorizeTakesGETAndPOST(t *testing.T) {
	w := newWorld(t)
	w.register()
	if w.code(nil) == "" {
		t.Error("no code by GET")
	}
	post := func(body, typ string) *http.Response {
		r, err := http.NewRequest(http.MethodPost, w.auth+"/authorize", strings.NewReader(body))
		must(t, err)
		r.Header.Set("Content-Type", typ)
		return w.browser(r)
	}
	to, err := post(w.request(nil).Encode(), "application/x-www-form-urlencoded").Location()
	if err != nil || to.Query().Get("code") == "" {
		t.Errorf("by POST: %v %v", to, err)
	}
	if resp := post("{}", "application/json"); resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" {
		t.Errorf("JSON: %d", resp.StatusCode)
	}
	r, err := http.NewRequest(http.MethodPut, w.auth+"/authorize", nil)
	must(t, err)
	if resp := w.browser(r); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("PUT: %d %v", resp.StatusCode, resp.Header)
	}
}

// Redirect tricks: what isn't registered character by character gets no redirect, not even one with an error (open
// redirect).
func TestA2_TheRedirectURIIsExactlyAsRegistered(t *testing.T) {
	w := newWorld(t)
	w.register(func(c *state.Client) {
		c.Redirects = []string{redirect, "http://127.0.0.1:3000/cb", "https://app.example/q?x=1"}
	})
	for _, u := range []string{
		"", "https://evil.example/after", redirect + "/", redirect + "?x", redirect + "#x", redirect + "%2F", "HTTPS://app.example/after", "https://APP.example/after",
		"https://app.example/AFTER", "https://app.example:443/after", "https://user@app.example/after", "https://app.example@evil.example/after",
		"https://app.example.evil.example/after", "https://app.example/x/../after", "https://app.example//after", "https://app.example/after/../../evil",
		"http://app.example/after", "//app.example/after", "/after", "javascript:alert(1)", "https://app.example\\@evil.example/after", " " + redirect, redirect + "\n",
		"http://127.0.0.1:3001/cb", "http://localhost:3000/cb", "https://app.example/q", "https://app.example/q?x=2",
	} {
		for _, bad := range []map[string]string{{"redirect_uri": u}, {"redirect_uri": u, "response_type": "token"}} {
			if to := w.authorize(bad); to != nil {
				t.Errorf("%q: redirected to %s", u, to)
			} else if w.person.failed == nil {
				t.Errorf("%q: no error page", u)
			}
		}
	}
	twice := w.request(nil)
	twice.Add("redirect_uri", "https://evil.example/")
	r, err := http.NewRequest(http.MethodGet, w.auth+"/authorize?"+twice.Encode(), nil)
	must(t, err)
	if resp := w.browser(r); resp.StatusCode == http.StatusSeeOther {
		t.Errorf("two redirect URIs: %s", resp.Header.Get("Location"))
	}
	for _, id := range []string{"", "nobody", "App"} {
		if to := w.authorize(map[string]string{"client_id": id}); to != nil {
			t.Errorf("client %q: redirected to %s", id, to)
		}
	}
	// A query of the app's own stays in front.
	to := w.authorize(map[string]string{"redirect_uri": "https://app.example/q?x=1"})
	if to == nil || !strings.HasPrefix(to.String(), "https://app.example/q?x=1&") || to.Query().Get("code") == "" {
		t.Errorf("with a query: %v", to)
	}
}

func TestA2_TheTokenRequestRepeatsTheRedirectURI(t *testing.T) {
	w := newWorld(t)
	w.register(func(c *state.Client) { c.Redirects = append(c.Redirects, "https://app.example/other") })
	for _, u := range []string{"", "https://app.example/other", redirect + "/"} {
		w.refuses(u, w.redeem(w.code(nil), map[string]string{"redirect_uri": u}), "invalid_grant")
	}
}

func TestA3_StateIsEchoedExactly(t *testing.T) {
	w := newWorld(t)
	w.register()
	for _, s := range []string{"s", "x y+z%20", `"<&>'=;/?#`, "ünï ☃", strings.Repeat("long", 400), "\xff\x00\xfe"} {
		if to := w.authorize(map[string]string{"state": s}); to == nil || to.Query().Get("state") != s || to.Query().Get("code") == "" {
			t.Errorf("%q: %v", s, to)
		}
		if to := w.authorize(map[string]string{"state": s, "aud": "https://other.example"}); to == nil || to.Query().Get("state") != s || to.Query().Get("error") == "" {
			t.Errorf("%q with an error: %v", s, to)
		}
	}
	if to := w.authorize(map[string]string{"state": ""}); to == nil || to.Query().Has("state") || to.Query().Get("iss") != w.auth {
		t.Errorf("without state: %v", to)
	}
}

func TestA4_TheAudienceIsThisServer(t *testing.T) {
	w := newWorld(t)
	w.register()
	if to := w.authorize(map[string]string{"aud": "", "resource": w.base}); to == nil || to.Query().Get("code") == "" {
		t.Errorf("resource: %v", to)
	}
	if to := w.authorize(map[string]string{"aud": w.base + "/"}); to == nil || to.Query().Get("code") == "" {
		t.Errorf("a slash at the end: %v", to)
	}
	for what, change := range map[string]map[string]string{
		"none": {"aud": ""}, "another": {"aud": "https://evil.example/fhir"}, "the issuer": {"aud": w.auth}, "longer": {"aud": w.base + "x"},
		"resource is another": {"resource": "https://evil.example/fhir"}, "other case": {"aud": strings.ToUpper(w.base)},
	} {
		w.sentBack(what, w.authorize(change), "invalid_request")
	}
}

func TestA5_EveryAppUsesPKCEByS256(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.register(func(c *state.Client) { c.ID, c.Kind, c.JWKS = "back", state.Asymmetric, jwks(t, ecKey()) })
	for _, id := range []string{"app", "back"} {
		for what, change := range map[string]map[string]string{
			"no challenge": {"code_challenge": ""}, "no method": {"code_challenge_method": ""}, "neither": {"code_challenge": "", "code_challenge_method": ""},
			"plain": {"code_challenge_method": "plain", "code_challenge": verifier}, "unknown": {"code_challenge_method": "S512"}, "short": {"code_challenge": "abc"},
			"other case": {"code_challenge_method": "s256"},
		} {
			change["client_id"] = id
			w.sentBack(id+", "+what, w.authorize(change), "invalid_request")
		}
	}
	for what, v := range map[string]string{"mismatch": verifier + "x", "none": "", "the challenge": challengeOf(verifier), "short": "x", "long": strings.Repeat("x", 129)} {
		w.refuses(what, w.redeem(w.code(nil), map[string]string{"code_verifier": v}), "invalid_grant")
	}
	code := w.code(nil)
	w.refuses("wrong first", w.redeem(code, map[string]string{"code_verifier": strings.Repeat("x", 43)}), "invalid_grant")
	if a := w.redeem(code, nil); a.status != http.StatusOK {
		t.Errorf("a stranger's guess used the code up: %v", a.body)
	}
}

func TestA6_DenialIsAnErrorRedirect(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.person.decision = signin.Decision{Deny: true}
	w.sentBack("denied", w.authorize(nil), "access_denied")
	w.person.decision = signin.Decision{As: "Patient/annie", Patient: "annie", Sections: []string{}}
	w.sentBack("nothing left on", w.authorize(map[string]string{"scope": "patient/Observation.rs"}), "access_denied")
	for what, change := range map[string]map[string]string{
		"unsupported_response_type": {"response_type": "token"}, "unsupported_response_mode": {"response_mode": "fragment"}, "request_not_supported": {"request": "x"},
		"request_uri_not_supported": {"request_uri": "https://evil.example/"}, "interaction_required": {"prompt": "none"}, "invalid_request": {"prompt": "dance"},
		"invalid_scope": {"scope": ""},
	} {
		w.sentBack(what, w.authorize(change), what)
	}
}

func TestA7_ACodeIsGoodOnceAndForAMinute(t *testing.T) {
	w := newWorld(t)
	w.register()
	late := w.code(nil)
	w.clock.pass(61 * time.Second)
	w.refuses("after a minute", w.redeem(late, nil), "invalid_grant")

	code := w.code(map[string]string{"scope": offline})
	a := w.redeem(code, nil)
	if a.status != http.StatusOK || !w.alive(a.str("access_token")) {
		t.Fatalf("%v", a.body)
	}
	w.clock.pass(10 * time.Minute)
	w.refuses("replayed", w.redeem(code, nil), "invalid_grant")
	if w.alive(a.str("access_token")) {
		t.Error("what a replayed code gave lives on")
	}
	w.refuses("its refresh token", w.refresh(a.str("refresh_token"), nil), "invalid_grant")

	w.register(func(c *state.Client) { c.ID = "other" })
	w.refuses("another client's", w.redeem(w.code(nil), map[string]string{"client_id": "other"}), "invalid_grant")
}

// Nobody can answer a request twice, or after ten minutes, or in another person's name.
func TestARequestIsAnsweredOnce(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.code(nil)
	again := w.get(w.auth + "/consent?request=" + w.person.asked.ID)
	if again.status != http.StatusBadRequest || w.person.failed == nil {
		t.Errorf("answered twice: %d", again.status)
	}
	old := w.person.session
	w.signIn("bob")
	w.person.session.Subject = old.Subject
	if to := w.authorize(nil); to != nil {
		t.Errorf("a session of another: %s", to)
	}
}

// Whatever the form says, nobody acts for whom he or she may not act for.
func TestNobodyActsForAnother(t *testing.T) {
	w := newWorld(t)
	w.register()
	for what, try := range map[string]struct {
		account  string
		decision signin.Decision
	}{
		"a patient, for another":                 {"annie", signin.Decision{As: "Patient/annie", Patient: "bob"}},
		"a patient, as another":                  {"annie", signin.Decision{As: "Patient/bob", Patient: "bob"}},
		"a patient, as staff":                    {"annie", signin.Decision{As: "Practitioner/doc", Patient: "annie"}},
		"a patient, as somebody's proxy":         {"annie", signin.Decision{As: "RelatedPerson/dad", Patient: "annie"}},
		"a proxy, for another":                   {"bob", signin.Decision{As: "RelatedPerson/dad", Patient: "bob"}},
		"staff, for another practice's patient":  {"doc", signin.Decision{As: "Practitioner/doc", Patient: "bob"}},
		"staff, for nobody where one is needed":  {"doc", signin.Decision{As: "Practitioner/doc"}},
		"staff, for somebody who isn't anywhere": {"doc", signin.Decision{As: "Practitioner/doc", Patient: "nobody"}},
		"nobody":                                 {"annie", signin.Decision{Patient: "annie"}},
	} {
		w.signIn(try.account)
		w.person.decision = try.decision
		if to := w.authorize(nil); to != nil {
			t.Errorf("%s: %s", what, to)
		}
	}
	for what, good := range map[string]signin.Decision{"bob": {As: "RelatedPerson/dad", Patient: "annie"},
		"doc": {As: "Practitioner/doc", Patient: "annie"}} {
		w.signIn(what)
		w.person.decision = good
		a := w.tokens(map[string]string{"scope": "openid fhirUser launch/patient patient/*.rs"})
		if c := claims(t, a.str("id_token")); a.body["patient"] != "annie" || c["fhirUser"] != w.base+"/"+good.As {
			t.Errorf("%s: %v %v", what, a.body, c)
		}
	}
}

// prompt=login and max_age ask for a sign-in that is new enough (OpenID Connect Core 1.0, 3.1.2.1).
func TestAFreshSignInIsAskedFor(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.clock.pass(10 * time.Minute)
	for _, change := range []map[string]string{{"prompt": "login"}, {"max_age": "300"}, {"max_age": "0"}} {
		if to := w.authorize(change); to != nil {
			t.Errorf("%v: an old sign-in did: %s", change, to)
		}
	}
	for _, change := range []map[string]string{{"max_age": "900"}, {"prompt": "consent"}} {
		if to := w.authorize(change); to == nil {
			t.Errorf("%v: %v", change, w.person.failed)
		}
	}
	w.sentBack("max_age", w.authorize(map[string]string{"max_age": "soon"}), "invalid_request")
}

// The consent pages are those of package pages unless another Interaction is given: a stranger is asked to sign in.
func TestAStrangerIsAskedToSignIn(t *testing.T) {
	w := newWorld(t, withPages)
	w.register()
	r, err := http.NewRequest(http.MethodGet, w.auth+"/authorize?"+w.request(nil).Encode(), nil)
	must(t, err)
	resp := w.browser(r)
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Request.URL.Path, "/auth/sign-in") {
		t.Errorf("%d at %s", resp.StatusCode, resp.Request.URL)
	}
	if u := resp.Request.URL; u.Query().Get("request") == "" || strings.Contains(u.RawQuery, url.QueryEscape(redirect)) {
		t.Errorf("the request isn't kept on our side: %s", u)
	}
}
