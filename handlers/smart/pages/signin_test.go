package pages

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"frontdesk/handlers/smart/state"
)

func TestSigningInLeadsBackToTheRequestOrToTheApps(t *testing.T) {
	w := newWorld()
	w.browse(t).signIn("mary")

	b := w.browse(t)
	b.get("/auth/consent?request=r1").leads("/auth/sign-in?request=r1")
	page := b.get("/auth/sign-in?request=r1").is(http.StatusOK).says("Health Diary sent you here", "forgotten your user name or password, ask your practice")
	b.submit(page, "/auth/sign-in", url.Values{"name": {" Mary "}, "password": {"yram"}}).leads("/auth/consent?request=r1")
	b.get("/auth/sign-in?request=r1").leads("/auth/consent?request=r1")
	b.get("/auth").leads("/auth/manage")
}

func TestARefusedSignInTellsNothingOfAccounts(t *testing.T) {
	w := newWorld()
	w.accounts["gone"] = state.Account{Name: "gone", Suspended: true}
	answers := map[string]string{}
	for _, name := range []string{"mary", "nobody", "gone"} {
		b := w.browse(t)
		page := b.submit(b.get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {name}, "password": {"wrong"}}).is(http.StatusUnprocessableEntity)
		if got := attr(page.byID("name"), "value"); got != name {
			t.Errorf("the name typed was %q, it is now %q", name, got)
		}
		if got := attr(page.byID("password"), "value"); got != "" {
			t.Errorf("the password is sent back: %q", got)
		}
		if len(b.client.Jar.Cookies(b.base)) != 1 {
			t.Errorf("cookies: %v", b.client.Jar.Cookies(b.base))
		}
		answers[page.text()] = name
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
}

func TestAThrottledSignInSaysHowLongToWait(t *testing.T) {
	w := newWorld()
	w.tries = 0
	b := w.browse(t)
	page := b.submit(b.get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"yram"}})
	page.is(http.StatusTooManyRequests).says("Wait 2 minutes, then try again", "give this reference")
	if got := page.Header.Get("Retry-After"); got != "91" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestBlankFieldsAreNamed(t *testing.T) {
	b := newWorld().browse(t)
	page := b.submit(b.get("/auth/sign-in"), "/auth/sign-in", nil)
	page.is(http.StatusUnprocessableEntity).says("Enter your user name", "Enter your password")
	b.submit(page, "/auth/sign-in", url.Values{"name": {"mary"}}).says("Enter your password").hides("Enter your user name")
}

func TestSigningInMakesANewSessionAndEndsTheOld(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	// What an attacker has planted is not taken up (session fixation).
	b.client.Jar.SetCookies(b.base, []*http.Cookie{{Name: "frontdesk-session", Value: "planted"}})
	b.signIn("mary")
	if _, taken := w.sessions["planted"]; taken {
		t.Error("the planted session became real")
	}
	w.asked["r1"].SignedInSince = w.now.Add(1)
	page := b.get("/auth/sign-in?request=r1").is(http.StatusOK)
	w.now = w.now.Add(2)
	b.submit(page, "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"yram"}}).leads("/auth/consent?request=r1")
	if _, left := w.sessions["cookie-0"]; left || len(w.sessions) != 1 {
		t.Errorf("sessions: %v", w.sessions)
	}
	if cookies := b.client.Jar.Cookies(b.base); len(cookies) != 1 || cookies[0].Value != "cookie-1" {
		t.Errorf("cookies: %v", cookies)
	}
}

func TestARequestThatWantsAFreshSignInGetsOne(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	b.get("/auth/consent?request=r1").is(http.StatusOK)
	w.asked["r1"].SignedInSince = w.now.Add(1)
	b.get("/auth/consent?request=r1").leads("/auth/sign-in?request=r1")
	b.get("/auth/sign-in?request=r1").is(http.StatusOK)
}

func TestSigningOutEndsTheSessionAndTakesAButton(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("mary")
	page := b.get("/auth/sign-out?request=r1").is(http.StatusOK)
	if len(w.sessions) != 1 {
		t.Fatal("a link alone signed out")
	}
	b.submit(page, "/auth/sign-out", nil).leads("/auth/sign-in?request=r1")
	if len(w.sessions) != 0 || b.client.Jar.Cookies(b.base) != nil {
		t.Errorf("left: %v, %v", w.sessions, b.client.Jar.Cookies(b.base))
	}
	b.get("/auth/manage").leads("/auth/sign-in")
}

func TestWhoIsSuspendedIsNotSignedInAnyMore(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("mary")
	mary := w.accounts["mary"]
	mary.Suspended = true
	w.accounts["mary"] = mary
	b.get("/auth/consent?request=r1").leads("/auth/sign-in?request=r1")
	delete(w.accounts, "mary")
	b.get("/auth/manage").leads("/auth/sign-in")
}

func TestAnotherProviderIsAButton(t *testing.T) {
	w := newWorld()
	b := w.browse(t, func(o *Options) { o.Upstream = &Upstream{Name: "NHS login", URL: "/auth/upstream"} })
	for path, want := range map[string]string{"/auth/sign-in": "/auth/upstream", "/auth/sign-in?request=r1": "/auth/upstream?request=r1"} {
		found := false
		for _, link := range b.get(path).says("Sign in with NHS login").all("a") {
			found = found || attr(link, "href") == want
		}
		if !found {
			t.Errorf("%s has no link to %s", path, want)
		}
	}
	w.browse(t).get("/auth/sign-in").hides("Sign in with")
}

func TestCookiesAreOutOfReachOfOthers(t *testing.T) {
	for _, secure := range []bool{true, false} {
		w := newWorld()
		h := w.handler(func(o *Options) { o.Secure = secure })
		prefix := ""
		if secure {
			prefix = "__Host-"
		}
		seen := map[string]bool{}
		for _, c := range signInBy(t, h, prefix) {
			seen[c.Name] = true
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.Path != "/" || c.Domain != "" {
				t.Errorf("secure %v: %s", secure, c)
			}
		}
		if !seen[prefix+"frontdesk-session"] || !seen[prefix+"frontdesk-form"] {
			t.Errorf("secure %v: %v", secure, seen)
		}
	}
}

// signInBy signs mary in without a browser, which would hide a cookie's attributes, and gives all the cookies that were set.
func signInBy(t *testing.T, h http.Handler, prefix string) []*http.Cookie {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/auth/sign-in", nil))
	cookies := rec.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != prefix+"frontdesk-form" {
		t.Fatalf("cookies: %v", cookies)
	}
	form := url.Values{"csrf": {cookies[0].Value}, "name": {"mary"}, "password": {"yram"}}
	r := httptest.NewRequest(http.MethodPost, "/auth/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(cookies[0])
	rec = httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return append(cookies, rec.Result().Cookies()...)
}

func TestAddressesAndMethodsThatAreNot(t *testing.T) {
	b := newWorld().browse(t)
	b.get("/auth/nothing").is(http.StatusNotFound).says("There is nothing at this address", "give this reference")
	if got := b.do(http.MethodDelete, "/auth/consent", nil).is(http.StatusMethodNotAllowed).Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", got)
	}
	if got := b.get("/auth/manage/revoke").is(http.StatusMethodNotAllowed).Header.Get("Allow"); got != "POST" {
		t.Errorf("Allow: %q", got)
	}
	if got := b.do(http.MethodPost, "/auth/manage", nil).is(http.StatusMethodNotAllowed).Header.Get("Allow"); got != "GET, HEAD" {
		t.Errorf("Allow: %q", got)
	}
	b.do(http.MethodPost, "/auth/sign-in", url.Values{"name": {strings.Repeat("x", maxForm)}}).is(http.StatusBadRequest).says("The form did not arrive whole")
}
