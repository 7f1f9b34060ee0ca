package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"

	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/pages/pagestest"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
)

// keyOf is the key that a page offers.
func keyOf(t *testing.T, page *pagestest.Answer) string {
	t.Helper()
	for _, n := range page.All("dd") {
		if markup.Attr(n, "class") == "reference" {
			return strings.ReplaceAll(markup.Text(n), " ", "")
		}
	}
	t.Fatalf("no key: %s", page.Text())
	return ""
}

// codeOf is what an app with a key shows now.
func codeOf(t *testing.T, key string) string {
	t.Helper()
	code, err := totp.GenerateCode(key, time.Now())
	must(t, err)
	return code
}

// Staff can't go on with a password alone where the practice asks for a second step: they set it up, and are signed in
// only then.
func TestStaffSetUpASecondStepAtTheirFirstSignIn(t *testing.T) {
	p := open(t, func(o *smart.Options) { o.Pages.StaffSecond = true })
	setUp := p.Follow(p.authorize("drlee")).Says("Set up codes for signing in", "Staff sign in with a password and a code")
	p.Get("/auth/manage").Is(http.StatusSeeOther) // half a sign-in opens nothing
	p.Get("/auth/security").Is(http.StatusSeeOther)
	picture := p.Get("/auth/set-up/key.png").Is(http.StatusOK)
	if picture.Header.Get("Content-Type") != "image/png" || picture.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture: %v", picture.Header)
	}
	key := keyOf(t, setUp)
	p.Submit(setUp, "/auth/set-up", url.Values{"code": {"12345"}}).Is(http.StatusUnprocessableEntity).Says("That code is not right")
	codes := p.Submit(setUp, "/auth/set-up", url.Values{"code": {codeOf(t, key)}}).Is(http.StatusOK).Says("Write these codes down")
	if n := len(codes.All("li")); n != 10 {
		t.Fatalf("%d codes", n)
	}
	recovery := markup.Text(codes.All("li")[0])
	search := p.Get(link(t, codes)) // on to the app's request
	p.Follow(search).Says("Find a patient")
	p.Get("/auth/set-up/key.png").Is(http.StatusNotFound) // what is in use isn't shown again
	p.Get("/auth/security").Says("a code from your phone", "10 can still be used").Hides("Stop using codes")

	// The next time it is asked for, and a code for who has lost the phone does once.
	for _, code := range []string{recovery, recovery} {
		p.Submit(p.Get("/auth/sign-out"), "/auth/sign-out", nil)
		second := p.Follow(p.Submit(p.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"drlee"}, "password": {password}})).Says("Enter your code")
		p.Submit(second, "/auth/second", url.Values{"code": {""}}).Says("Enter the code that your app shows")
		answer := p.Submit(second, "/auth/second", url.Values{"code": {strings.ToLower(code)}})
		if code == recovery && answer.StatusCode == http.StatusSeeOther {
			answer.Leads("/auth/manage")
			recovery = "used"
			continue
		}
		answer.Is(http.StatusUnprocessableEntity).Says("was used before")
		p.Get("/auth/manage").Is(http.StatusSeeOther)
	}
	must(t, p.state.RemoveSecond(t.Context(), "drlee"))
	p.Follow(p.Submit(p.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"drlee"}, "password": {password}}))
	p.Get("/auth/set-up").Says("Set up codes")
}

// A patient may ask for a code, signs in with it from then on, and may stop; without one nothing changes.
func TestAPatientMayAskForACode(t *testing.T) {
	p := open(t, func(o *smart.Options) { o.Pages.StaffSecond = true })
	signIn := func() *pagestest.Answer {
		return p.Submit(p.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"}, "password": {password}})
	}
	signIn().Leads("/auth/manage")
	p.Get("/auth/security").Says("You sign in with your password")
	setUp := p.Get("/auth/set-up").Hides("Staff sign in")
	key := keyOf(t, setUp)
	if again := keyOf(t, p.Get("/auth/set-up")); again != key {
		t.Error("the key changes while it is being set up")
	}
	code := codeOf(t, key)
	p.Submit(setUp, "/auth/set-up", url.Values{"code": {code}}).Says("Write these codes down")
	p.Submit(p.Get("/auth/sign-out"), "/auth/sign-out", nil)
	second := p.Follow(signIn()).Says("Enter your code")
	p.Submit(second, "/auth/second", url.Values{"code": {code}}).Is(http.StatusUnprocessableEntity).Says("was used before") // no code twice
	tried := 0
	for ; tried < 20; tried++ {
		if p.Submit(second, "/auth/second", url.Values{"code": {"000000"}}).StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if tried > 5 {
		t.Errorf("%d wrong codes were heard", tried)
	}
	a, err := p.state.Account(t.Context(), "mary")
	must(t, err)
	if a.Second == nil || a.Second.Secret != key {
		t.Errorf("%+v", a.Second)
	}
}

// What the id_token says of how somebody signed in comes from the session.
func TestAMRFollowsTheSession(t *testing.T) {
	p := open(t)
	a, err := p.state.Account(t.Context(), "mary")
	must(t, err)
	cookie, _, err := p.state.SignIn(t.Context(), a, state.ByPassword, state.ByCode, state.ByTwo)
	must(t, err)
	se, err := p.state.Session(context.Background(), cookie)
	must(t, err)
	if strings.Join(se.Methods, " ") != "pwd otp mfa" {
		t.Errorf("%v", se.Methods)
	}
	half, _, err := p.state.SignInHalf(t.Context(), a, "")
	must(t, err)
	if _, err := p.state.Session(t.Context(), half); err == nil {
		t.Error("half a session is one")
	}
	if _, err := p.state.Half(t.Context(), cookie); err == nil {
		t.Error("a session is half one")
	}
}

// link is where the page's button leads.
func link(t *testing.T, page *pagestest.Answer) string {
	t.Helper()
	var found *html.Node
	for _, n := range page.All("a") {
		if markup.Attr(n, "class") == "button" {
			found = n
		}
	}
	if found == nil {
		t.Fatal("no button")
	}
	return markup.Attr(found, "href")
}
