package upstream_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/upstream"
)

func TestUpstream_TheSecretGoesWhereTheProviderTakesIt(t *testing.T) {
	for _, methods := range [][]string{nil, {"client_secret_basic", "client_secret_post"}, {"client_secret_post"}} {
		op := newProvider(t)
		op.methods = methods
		k := newKit(t, op)
		k.linked()
		if who := k.arrive(k.back("")); who != "ann" {
			t.Errorf("%v: signed in is %q, %v", methods, who, k.failed)
		}
	}
}

func TestUpstream_ALinkedPersonSignsIn(t *testing.T) {
	k := newKit(t, newProvider(t))
	k.linked()
	q := k.back("request-1")
	resp := k.get("/upstream/callback?" + q.Encode())
	if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || got != "/auth/consent?request=request-1" {
		t.Errorf("%d %s, %v", resp.StatusCode, got, k.failed)
	}
	if got := k.op.asked.Get("scope"); got != "openid profile" {
		t.Errorf("the scope is %q", got)
	}
	// Without an app's request the person goes to the page of apps; and a request is no address to go on to.
	for request, want := range map[string]string{"": "/auth/manage", "x&y=//evil.example": "/auth/consent?request=x%26y%3D%2F%2Fevil.example"} {
		if got := k.get("/upstream/callback?" + k.back(request).Encode()).Header.Get("Location"); got != want {
			t.Errorf("request %q leads to %q", request, got)
		}
	}
}

func TestUpstream_AVerifiedNHSNumberFindsTheAccount(t *testing.T) {
	op := newProvider(t)
	k := newKit(t, op)
	k.account(state.Account{Name: "ann", Person: "Patient/1", NHSNumber: "9000000009"})
	op.vouches("900 000 0009", "P9")
	if who := k.arrive(k.back("")); who != "ann" {
		t.Errorf("signed in is %q, %v", who, k.failed)
	}
	for _, level := range []string{"P5", "P0", "", "p9"} {
		k = newKit(t, op)
		k.account(state.Account{Name: "ann", Person: "Patient/1", NHSNumber: "9000000009"})
		op.vouches("9000000009", level)
		k.refuses("level "+level, k.back(""), fhir.Forbidden)
	}
}

func TestUpstream_TheNHSNumberMayComeFromUserinfo(t *testing.T) {
	op := newProvider(t)
	op.userinfo = claims{"sub": "subject-1", "nhs_number": "9000000009", "identity_proofing_level": "P9"}
	k := newKit(t, op)
	k.account(state.Account{Name: "ann", Person: "Patient/1", NHSNumber: "9000000009"})
	if who := k.arrive(k.back("")); who != "ann" {
		t.Errorf("signed in is %q, %v", who, k.failed)
	}
	delete(k.cookies, "__Host-frontdesk-session")
	op.userinfo["sub"] = "subject-2"
	k.refuses("somebody else's userinfo", k.back(""), fhir.Invalid)
}

// P8: switched off looks like never offered.
func TestUpstream_AnUnknownPersonAndASuspendedOneAreToldTheSame(t *testing.T) {
	k := newKit(t, newProvider(t))
	unknown := k.refuses("unknown", k.back(""), fhir.Forbidden)
	k.linked()
	if err := k.state.Suspend(context.Background(), "ann", true); err != nil {
		t.Fatal(err)
	}
	if suspended := k.refuses("suspended", k.back(""), fhir.Forbidden); suspended != unknown || !strings.Contains(unknown, "practice hasn't linked you") {
		t.Errorf("%q and %q", suspended, unknown)
	}
}

func TestUpstream_AnAnswerThatIsNotTheProvidersIsRefused(t *testing.T) {
	op := newProvider(t)
	k := newKit(t, op)
	k.linked()
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := op.sign
	for what, change := range map[string]func(){
		"another nonce":     func() { op.claims = func(c claims) { c["nonce"] = "another" } },
		"no nonce":          func() { op.claims = func(c claims) { delete(c, "nonce") } },
		"another client's":  func() { op.claims = func(c claims) { c["aud"] = "other" } },
		"issued to another": func() { op.claims = func(c claims) { c["azp"] = "other" } },
		"for many, no azp":  func() { op.claims = func(c claims) { c["aud"] = []string{"frontdesk", "other"} } },
		"another issuer's":  func() { op.claims = func(c claims) { c["iss"] = "https://other.example" } },
		"expired":           func() { op.claims = func(c claims) { c["exp"] = op.now().Add(-time.Minute).Unix() } },
		"nobody's":          func() { op.claims = func(c claims) { c["sub"] = "" } },
		"signed by another": func() { op.sign = func(c claims) string { return op.signed(jose.RS256, foreign, c) } },
		"signed by our secret": func() {
			op.sign = func(c claims) string { return op.signed(jose.HS256, []byte(strings.Repeat("s3cret", 8)), c) }
		},
		"not signed": func() {
			op.sign = func(c claims) string { return "eyJhbGciOiJub25lIn0." + strings.Split(good(c), ".")[1] + "." }
		},
		"no id_token": func() { op.sign = func(claims) string { return "" } },
	} {
		op.claims, op.sign = func(claims) {}, good
		change()
		k.refuses(what, k.back(""), fhir.Invalid)
	}
	op.claims, op.sign = func(claims) {}, good
	if who := k.arrive(k.back("")); who != "ann" {
		t.Errorf("the good answer: %q, %v", who, k.failed)
	}
}

// RFC 6749 10.12, RFC 9700 4.7: nobody is signed in by following a link that another made.
func TestUpstream_TheWayBackIsTheSameBrowsersAndOnce(t *testing.T) {
	k := newKit(t, newProvider(t))
	k.linked()
	q := k.back("")
	own, secret := k.cookies, k.cookies["__Host-frontdesk-upstream"]
	k.cookies = map[string]string{}
	k.refuses("another browser", q, fhir.Invalid)
	k.cookies = map[string]string{"__Host-frontdesk-upstream": "guessed"}
	k.refuses("another cookie", q, fhir.Invalid)
	k.cookies = own
	k.refuses("another state", url.Values{"code": q["code"], "state": {"guessed"}}, fhir.Invalid)
	k.refuses("no state", url.Values{"code": q["code"]}, fhir.Invalid)
	if who := k.arrive(q); who != "ann" {
		t.Errorf("the right one: %q, %v", who, k.failed)
	}
	k.cookies = map[string]string{"__Host-frontdesk-upstream": secret}
	clear(k.op.used) // the provider, for its part, would take the code again
	k.refuses("the same again", q, fhir.Invalid)

	q = k.back("")
	k.now = k.now.Add(10 * time.Minute)
	k.refuses("too late", q, fhir.Invalid)
	q = k.back("")
	q.Set("iss", "https://other.example")
	k.refuses("mixed up with another provider", q, fhir.Invalid)
	q = k.back("")
	q.Set("code", "injected")
	k.refuses("an injected code", q, fhir.Invalid)
}

func TestUpstream_WhoDidNotSignInIsToldSo(t *testing.T) {
	k := newKit(t, newProvider(t))
	for problem, kind := range map[string]fhir.Kind{"access_denied": fhir.Invalid, "login_required": fhir.Invalid, "temporarily_unavailable": fhir.Unavailable} {
		q := k.back("")
		q.Del("code")
		q.Set("error", problem)
		q.Set("error_description", "call 0900-EVIL")
		if text := k.refuses(problem, q, kind); strings.Contains(text, "EVIL") {
			t.Errorf("the page shows what anybody can write in an address: %s", text)
		}
	}
}

func TestUpstream_AProviderThatIsDownIsAskedAgain(t *testing.T) {
	op := newProvider(t)
	op.down.Store(true)
	k := newKit(t, op)
	k.linked()
	k.get("/upstream")
	if fhir.KindOf(k.failed) != fhir.Unavailable {
		t.Errorf("got %v", k.failed)
	}
	op.down.Store(false)
	k.now = k.now.Add(15 * time.Second)
	if who := k.arrive(k.back("")); who != "ann" {
		t.Errorf("signed in is %q, %v", who, k.failed)
	}
	op.down.Store(true)
	k.now = k.now.Add(2 * time.Hour)
	k.back("") // what it said before will do
}

func TestUpstream_SigningInEndsTheSessionBefore(t *testing.T) {
	k := newKit(t, newProvider(t))
	k.linked()
	k.arrive(k.back(""))
	old := k.cookies["__Host-frontdesk-session"]
	k.arrive(k.back(""))
	if k.cookies["__Host-frontdesk-session"] == old {
		t.Error("the cookie is the same")
	}
	if _, err := k.state.Session(context.Background(), old); fhir.KindOf(err) != fhir.NotFound {
		t.Errorf("the old session: %v", err)
	}
}

func TestUpstream_WhoMustSignInAnewIsAskedTo(t *testing.T) {
	k := newKit(t, newProvider(t), func(o *upstream.Options) {
		o.Fresh = func(_ context.Context, request string) bool { return request == "anew" }
		o.Config.Parameters = map[string]string{"vtr": `["P9.Cp.Cd"]`}
	})
	k.back("anew")
	if k.op.asked.Get("prompt") != "login" || k.op.asked.Get("vtr") != `["P9.Cp.Cd"]` {
		t.Errorf("asked was %v", k.op.asked)
	}
	k.back("other")
	if k.op.asked.Has("prompt") {
		t.Errorf("asked was %v", k.op.asked)
	}
}

func TestUpstream_OtherRequestsAreRefused(t *testing.T) {
	k := newKit(t, newProvider(t))
	k.get("/upstream/elsewhere")
	if fhir.KindOf(k.failed) != fhir.NotFound {
		t.Errorf("got %v", k.failed)
	}
	k.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", server+"/upstream", nil))
	if fhir.KindOf(k.failed) != fhir.NotAllowed {
		t.Errorf("got %v", k.failed)
	}
}
