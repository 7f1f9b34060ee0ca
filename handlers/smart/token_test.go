package smart_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
)

func TestT1_ATokenIsGivenAsGranted(t *testing.T) {
	w := newWorld(t)
	w.register()
	a := w.tokens(nil)
	if a.str("access_token") == "" || a.str("token_type") != "Bearer" || a.str("scope") != "launch/patient patient/*.rs" {
		t.Errorf("%v", a.body)
	}
	if !w.alive(a.str("access_token")) {
		t.Error("the token opens nothing")
	}
	c := claims(t, a.str("access_token"))
	if c["iss"] != w.auth || c["aud"] != w.base || c["client_id"] != "app" || c["scope"] != "launch/patient patient/*.rs" || c["patient"] != "annie" ||
		c["fhirUser"] != w.base+"/Patient/annie" || c["jti"] == "" || c["approval"] == "" {
		t.Errorf("claims %v", c)
	}
}

func TestT2_TokensLiveAnHourAtTheMost(t *testing.T) {
	for life, want := range map[time.Duration]float64{0: 3600, 24 * time.Hour: 3600, 10 * time.Minute: 600} {
		w := newWorld(t, func(o *smart.Options) { o.TokenLife = life })
		w.register()
		a := w.tokens(nil)
		c := claims(t, a.str("access_token"))
		expires, _ := a.body["expires_in"].(float64)
		if lives := c["exp"].(float64) - c["iat"].(float64); expires > want || expires < want-1 || lives > want || lives < want-1 {
			t.Errorf("life %s: expires_in %v, exp-iat %v", life, expires, lives)
		}
		if w.clock.pass(time.Duration(want+1) * time.Second); w.alive(a.str("access_token")) {
			t.Errorf("life %s: alive after it", life)
		}
	}
}

func TestT3_TokenResponsesAreNotStored(t *testing.T) {
	w := newWorld(t)
	w.register()
	a := w.tokens(nil)
	for name, want := range map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if typ := a.header.Get("Content-Type"); !strings.HasPrefix(typ, "application/json") {
		t.Errorf("Content-Type %q", typ)
	}
	// refuses looks at the same headers of every error.
	w.refuses("unknown code", w.redeem("nonsense", nil), "invalid_grant")
}

func TestT4_ErrorsAreOAuthErrorsWithADescription(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.refuses("no grant_type", w.redeem("x", map[string]string{"grant_type": ""}), "unsupported_grant_type")
	w.refuses("password", w.redeem("x", map[string]string{"grant_type": "password"}), "unsupported_grant_type")
	w.refuses("implicit", w.redeem("x", map[string]string{"grant_type": "implicit"}), "unsupported_grant_type")
	w.refuses("no code", w.redeem("", nil), "invalid_grant")
	w.refuses("another audience", w.redeem(w.code(nil), map[string]string{"resource": "https://other.example/fhir"}), "invalid_request")
	twice := url.Values{"grant_type": {"authorization_code"}, "code": {"a", "b"}, "client_id": {"app"}}
	w.refuses("a parameter twice", w.post("/token", twice), "invalid_request")
	asJSON := func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }
	w.refuses("JSON", w.post("/token", twice, asJSON), "invalid_request")
	w.refuses("too long", w.redeem(strings.Repeat("x", 100_000), nil), "invalid_request")
	if a := w.get(w.auth + "/token?grant_type=authorization_code"); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", a.status, a.header)
	}
	// Nothing of a request's parameters comes from its URL.
	r, err := http.NewRequest(http.MethodPost, w.auth+"/token?code="+w.code(nil), strings.NewReader(with(redemption("x"), map[string]string{"code": ""}).Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.refuses("a code in the URL", w.do(r), "invalid_grant")
}

const offline = "openid fhirUser offline_access launch/patient patient/*.rs"

func TestR1_ARefreshTokenIsBoundToItsClient(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.register(func(c *state.Client) { c.ID = "other" })
	token := w.tokens(map[string]string{"scope": offline}).str("refresh_token")
	w.refuses("another client", w.refresh(token, map[string]string{"client_id": "other"}), "invalid_grant")
	if a := w.refresh(token, nil); a.status != http.StatusOK {
		t.Errorf("its own: %v", a.body)
	}
}

// TestR1_APublicAppNeedNotSayWhoItIs: SMART's refresh request has no client_id, and fhirclient sends none.
func TestR1_APublicAppNeedNotSayWhoItIs(t *testing.T) {
	w := newWorld(t)
	w.register()
	anonymous := map[string]string{"client_id": ""}
	first := w.tokens(map[string]string{"scope": offline}).str("refresh_token")
	second := w.refresh(first, anonymous)
	if second.status != http.StatusOK || second.str("access_token") == "" {
		t.Fatalf("%d %v", second.status, second.body)
	}
	w.refuses("a token that isn't there", w.refresh("nothing", anonymous), "invalid_grant")
	w.refuses("no token", w.refresh("", anonymous), "invalid_grant")
	w.clock.pass(time.Minute)
	w.refuses("a used token", w.refresh(first, anonymous), "invalid_grant")
	w.refuses("the rest of its family", w.refresh(second.str("refresh_token"), anonymous), "invalid_grant")

	secret := state.NewSecret()
	hash, err := state.HashSecret(secret)
	must(t, err)
	w.register(func(c *state.Client) { c.ID, c.Kind, c.Secret = "sym", state.Symmetric, hash })
	code := w.code(map[string]string{"client_id": "sym", "scope": offline})
	token := w.redeem(code, map[string]string{"client_id": ""}, basic("sym", secret)).str("refresh_token")
	w.refuses("a confidential client's", w.refresh(token, anonymous), "invalid_client")
}

// A10: an app of SMART App Launch 1 is told in its own words what it was granted, whatever the person switched off, and
// no token gives more.
func TestA10_WhatIsAskedInVersion1IsToldInVersion1(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.person.decision.Sections = []string{"details", "problems", "measurements", "practice"} // of Observations, those that aren't results
	first := w.tokens(map[string]string{"scope": "openid launch/patient offline_access patient/*.read"})
	again := w.refresh(first.str("refresh_token"), nil)
	narrow := w.refresh(again.str("refresh_token"), map[string]string{"scope": "patient/Observation.read"})
	for what, a := range map[string]answer{"at first": first, "refreshed": again, "narrowed": narrow} {
		granted := strings.Fields(a.str("scope"))
		if !slices.Contains(granted, "patient/Observation.read") || slices.Contains(granted, "patient/DiagnosticReport.read") {
			t.Errorf("%s: granted %q", what, granted)
		}
		for _, scope := range granted {
			if strings.HasPrefix(scope, "patient/") && !strings.HasSuffix(scope, ".read") {
				t.Errorf("%s: %s isn't of version 1", what, scope)
			}
		}
	}
	approval, err := w.state.Approval(t.Context(), claims(t, first.str("access_token"))["approval"].(string))
	must(t, err)
	if !strings.Contains(approval.Scopes, "patient/Observation.rs?category:not=laboratory") {
		t.Errorf("what is enforced is %s", approval.Scopes)
	}
	// What the app is registered for no longer isn't given, in whichever version it has to be said.
	_, err = w.state.UpdateClient(t.Context(), "app", func(c *state.Client) error { c.Scopes = "patient/Condition.r"; return nil })
	must(t, err)
	if a := w.refresh(narrow.str("refresh_token"), nil); a.str("scope") != "patient/Condition.r" {
		t.Errorf("registered for less: %d %v", a.status, a.body)
	}
}

// A10: what isn't understood of scopes is left out, and the rest is granted.
func TestA10_UnknownScopesAreLeftOut(t *testing.T) {
	w := newWorld(t)
	w.register()
	a := w.tokens(map[string]string{"scope": "openid profile email address patient/*.rs patient/Nothing.rs"})
	if a.str("scope") != "openid profile patient/*.rs" {
		t.Errorf("%d %v", a.status, a.body)
	}
}

func TestR2_ARefreshNarrowsAndNeverWidens(t *testing.T) {
	w := newWorld(t)
	w.register()
	first := w.tokens(map[string]string{"scope": offline})
	a := w.refresh(first.str("refresh_token"), nil)
	if a.status != http.StatusOK || a.str("scope") != offline || a.body["expires_in"] == nil || a.str("access_token") == "" ||
		a.str("refresh_token") == "" || a.str("id_token") == "" {
		t.Fatalf("%d %v", a.status, a.body)
	}
	narrow := w.refresh(a.str("refresh_token"), map[string]string{"scope": "patient/Observation.rs"})
	if narrow.str("scope") != "patient/Observation.rs" || claims(t, narrow.str("access_token"))["scope"] != "patient/Observation.rs" || narrow.str("id_token") != "" {
		t.Errorf("narrowed: %v", narrow.body)
	}
	// The refresh token stays good for all that was granted (RFC 6749 6).
	whole := w.refresh(narrow.str("refresh_token"), nil)
	if whole.str("scope") != offline {
		t.Errorf("after a narrower one: %v", whole.body)
	}
	token := whole.str("refresh_token")
	for _, wide := range []string{"patient/*.cruds", "user/*.rs", "system/*.rs", "patient/*.rs online_access", offline + " profile"} {
		w.refuses(wide, w.refresh(token, map[string]string{"scope": wide}), "invalid_scope")
	}
	w.refuses("rubbish", w.refresh(token, map[string]string{"scope": "patient/*.sr"}), "invalid_scope")
	if a := w.refresh(token, nil); a.status != http.StatusOK {
		t.Errorf("a refused refresh used the token up: %v", a.body)
	}
}

func TestR3_OfflineAccessOutlivesTheSessionAndOnlineAccessEndsWithIt(t *testing.T) {
	w := newWorld(t)
	w.register()
	cookie := w.signIn("annie")
	away := w.tokens(map[string]string{"scope": "offline_access patient/*.rs"})
	here := w.tokens(map[string]string{"scope": "online_access patient/*.rs"})
	neither := w.tokens(map[string]string{"scope": "patient/*.rs"})
	if neither.str("refresh_token") != "" {
		t.Error("a refresh token without being asked for")
	}
	if here = w.refresh(here.str("refresh_token"), nil); here.status != http.StatusOK {
		t.Fatalf("online: %v", here.body)
	}
	must(t, w.state.SignOut(t.Context(), cookie))
	w.refuses("online, signed out", w.refresh(here.str("refresh_token"), nil), "invalid_grant")
	if w.alive(here.str("access_token")) {
		t.Error("an online access token outlives the session")
	}
	w.clock.pass(30 * 24 * time.Hour)
	if away = w.refresh(away.str("refresh_token"), nil); away.status != http.StatusOK || !w.alive(away.str("access_token")) {
		t.Errorf("offline, a month later: %v", away.body)
	}
	w.clock.pass(91 * 24 * time.Hour)
	w.refuses("offline, unused for 91 days", w.refresh(away.str("refresh_token"), nil), "invalid_grant")
}

func TestR3_OnlineAccessEndsWhenTheSessionIsOver(t *testing.T) {
	w := newWorld(t)
	w.register()
	here := w.tokens(map[string]string{"scope": "online_access patient/*.rs"})
	w.clock.pass(state.SessionLife - 30*time.Minute)
	if here = w.refresh(here.str("refresh_token"), nil); here.status != http.StatusOK {
		t.Fatalf("within the session: %v", here.body)
	}
	if lives := here.body["expires_in"].(float64); lives > 1800 {
		t.Errorf("the token lives %v s, longer than the session", lives)
	}
	w.clock.pass(31 * time.Minute)
	w.refuses("after it", w.refresh(here.str("refresh_token"), nil), "invalid_grant")
}

func TestR4_ReuseOfARotatedTokenRevokesTheFamily(t *testing.T) {
	w := newWorld(t)
	w.register()
	first := w.tokens(map[string]string{"scope": offline})
	second := w.refresh(first.str("refresh_token"), nil)
	if second.status != http.StatusOK || !w.alive(first.str("access_token")) {
		t.Fatalf("%v", second.body)
	}
	w.clock.pass(11 * time.Second)
	w.refuses("reuse", w.refresh(first.str("refresh_token"), nil), "invalid_grant")
	w.refuses("the newest of the family", w.refresh(second.str("refresh_token"), nil), "invalid_grant")
	for what, token := range map[string]string{"first": first.str("access_token"), "second": second.str("access_token")} {
		if w.alive(token) {
			t.Errorf("the %s access token lives on", what)
		}
	}
}

// Of those who show one code or refresh token at once, one wins, whichever instance they ask.
func TestR4_OneOfManyAtOnceWins(t *testing.T) {
	w := newWorld(t)
	w.register()
	race := func(ask func() answer) (won int) {
		var all sync.WaitGroup
		answers := make([]answer, 8)
		for i := range answers {
			all.Go(func() { answers[i] = ask() })
		}
		all.Wait()
		for _, a := range answers {
			if a.status == http.StatusOK {
				won++
			} else {
				w.refuses("a loser", a, "invalid_grant")
			}
		}
		return won
	}
	code := w.code(map[string]string{"scope": offline})
	if won := race(func() answer { return w.redeem(code, nil) }); won != 1 {
		t.Errorf("%d redeemed one code", won)
	}
	token := w.tokens(map[string]string{"scope": offline}).str("refresh_token")
	if won := race(func() answer { return w.refresh(token, nil) }); won < 1 || won > 2 {
		t.Errorf("%d used one refresh token", won)
	}
}

// C11: error_description says what is wrong with this request, without what every error of its code means.
func TestC11_AnErrorSaysNothingOfALibrary(t *testing.T) {
	w := newWorld(t)
	w.register()
	for want, a := range map[string]answer{
		"It can be authorization_code, refresh_token or client_credentials.": w.redeem("x", map[string]string{"grant_type": "password"}),
		"The request doesn't say which client it comes from.":                w.redeem("x", map[string]string{"client_id": ""}),
	} {
		if got := a.str("error_description"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	to := w.authorize(map[string]string{"response_type": "token"})
	if got := to.Query().Get("error_description"); got != "The response_type must be code." {
		t.Errorf("in a redirect: %q", got)
	}
}

// E9: an app that refreshes twice at once, or hasn't got the answer and asks again, isn't taken for a thief: the token
// that was just rotated is good once more, for seconds, and for the same client. What is shown a third time, or later,
// revokes all.
func TestE9_TheJustRotatedTokenIsGoodOnceMore(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.register(func(c *state.Client) { c.ID = "other" })
	begin := func() string { return w.tokens(map[string]string{"scope": offline}).str("refresh_token") }
	token := begin()
	answers := make([]answer, 2)
	var both sync.WaitGroup
	for i := range answers {
		both.Go(func() { answers[i] = w.refresh(token, nil) })
	}
	both.Wait()
	for i, a := range answers {
		if a.status != http.StatusOK || !w.alive(a.str("access_token")) {
			t.Fatalf("of two at once, %d: %d %v", i, a.status, a.body)
		}
		if answers[i] = w.refresh(a.str("refresh_token"), nil); answers[i].status != http.StatusOK {
			t.Errorf("its next refresh: %d %v", answers[i].status, answers[i].body)
		}
	}
	w.refuses("a third time", w.refresh(token, nil), "invalid_grant")
	for _, a := range answers {
		if w.alive(a.str("access_token")) {
			t.Error("what it gave lives on")
		}
	}
	token = begin()
	next := w.refresh(token, nil)
	w.refuses("another client", w.refresh(token, map[string]string{"client_id": "other"}), "invalid_grant")
	if !w.alive(next.str("access_token")) {
		t.Error("another client can revoke what isn't its own")
	}
	w.clock.pass(11 * time.Second)
	w.refuses("later", w.refresh(token, nil), "invalid_grant")
	if w.alive(next.str("access_token")) {
		t.Error("what was rotated long ago revokes nothing")
	}
	// A client that authenticates by an assertion, which is good once, has its refresh tried anew all the same.
	w.register(func(c *state.Client) { c.ID, c.Kind, c.JWKS = "back", state.Asymmetric, jwks(t, ecKey()) })
	proof := func() map[string]string {
		return map[string]string{"client_id": "", "client_assertion": w.assert(), "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
	}
	token = w.redeem(w.code(map[string]string{"client_id": "back", "scope": offline}), proof()).str("refresh_token")
	for i := range answers {
		with := proof()
		both.Go(func() { answers[i] = w.refresh(token, with) })
	}
	both.Wait()
	for i, a := range answers {
		if a.status != http.StatusOK {
			t.Errorf("by assertion, %d: %d %v", i, a.status, a.body)
		}
	}
}

// P8: suspension is felt on the very next request, and can't be told from access that was never given.
func TestSuspensionEndsTokensAndRefresh(t *testing.T) {
	w := newWorld(t)
	w.register()
	a := w.tokens(map[string]string{"scope": offline})
	code := w.code(nil)
	must(t, w.state.Suspend(t.Context(), "annie", true))
	if w.alive(a.str("access_token")) {
		t.Error("the access token lives on")
	}
	w.refuses("refresh", w.refresh(a.str("refresh_token"), nil), "invalid_grant")
	w.refuses("a code from before", w.redeem(code, nil), "invalid_grant")
	if to := w.authorize(nil); to != nil {
		t.Errorf("authorized: %s", to)
	}
	must(t, w.state.Suspend(t.Context(), "annie", false))
	if !w.alive(a.str("access_token")) {
		t.Error("it doesn't come back")
	}
}

func TestB1_BackendServicesAuthenticateByKeyOnly(t *testing.T) {
	w := newWorld(t)
	w.back()
	secret := state.NewSecret()
	hash, err := state.HashSecret(secret)
	must(t, err)
	w.register(func(c *state.Client) { c.ID, c.Kind, c.Secret, c.Scopes = "sym", state.Symmetric, hash, "system/*.rs" })
	w.register(func(c *state.Client) { c.Scopes = "system/*.rs" })
	if a := w.service(w.assert(), nil); a.status != http.StatusOK || !w.alive(a.str("access_token")) {
		t.Errorf("by key: %v", a.body)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.rs"}}
	w.refuses("by secret", w.post("/token", form, basic("sym", secret)), "unauthorized_client")
	form.Set("client_id", "app")
	if a := w.post("/token", form); a.status == http.StatusOK || a.str("access_token") != "" {
		t.Errorf("a public client got %v", a.body)
	}
}

func TestB2_BackendServicesGetPreauthorisedScopesOnly(t *testing.T) {
	w := newWorld(t)
	w.back(func(c *state.Client) { c.Scopes = "system/Patient.rs system/Observation.rs patient/*.rs openid" })
	for asked, granted := range map[string]string{
		"system/Patient.rs":                     "system/Patient.rs",
		"system/Patient.r":                      "system/Patient.r",
		"system/Patient.cruds":                  "system/Patient.rs",
		"system/Patient.rs system/Condition.rs": "system/Patient.rs",
	} {
		if a := w.service(w.assert(), map[string]string{"scope": asked}); a.status != http.StatusOK || a.str("scope") != granted {
			t.Errorf("%s: %d %v", asked, a.status, a.body)
		}
	}
	for _, asked := range []string{"", "system/Condition.rs", "system/Patient.sr", "patient/*.rs", "user/*.rs", "openid", "system/Patient.rs openid", "rubbish"} {
		w.refuses(asked, w.service(w.assert(), map[string]string{"scope": asked}), "invalid_scope")
	}
}

func TestB3_BackendServicesTokensAreShortAndHaveNoRefresh(t *testing.T) {
	w := newWorld(t)
	w.back(func(c *state.Client) { c.Scopes = "system/*.rs" })
	a := w.service(w.assert(), nil)
	if lives := a.body["expires_in"].(float64); lives > 300 || lives < 299 || a.str("refresh_token") != "" || a.str("id_token") != "" || a.body["patient"] != nil {
		t.Errorf("%v", a.body)
	}
	if w.clock.pass(301 * time.Second); w.alive(a.str("access_token")) {
		t.Error("alive after five minutes")
	}
	b := w.service(w.assert(), nil)
	must(t, w.state.RemoveClient(t.Context(), "back"))
	if w.alive(b.str("access_token")) {
		t.Error("alive after the client is gone")
	}
}
