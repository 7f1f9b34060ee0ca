package signin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/smart/state"
)

func TestSigningInLeadsBackToTheRequestOrToTheApps(t *testing.T) {
	w := newWorld()
	w.browse(t).signIn("mary")

	b := w.browse(t)
	b.Get("/auth/consent?request=r1").Leads("/auth/sign-in?request=r1")
	page := b.Get("/auth/sign-in?request=r1").Is(http.StatusOK).Says("Health Diary sent you here", "forgotten your user name or password, ask your practice")
	b.Submit(page, "/auth/sign-in", url.Values{"name": {" Mary "}, "password": {"yram"}}).Leads("/auth/consent?request=r1")
	b.Get("/auth/sign-in?request=r1").Leads("/auth/consent?request=r1")
	b.Get("/auth").Leads("/auth/manage")
}

func TestARefusedSignInTellsNothingOfAccounts(t *testing.T) {
	w := newWorld()
	w.accounts["gone"] = state.Account{Name: "gone", Suspended: true}
	answers := map[string]string{}
	for _, name := range []string{"mary", "nobody", "gone"} {
		b := w.browse(t)
		page := b.Submit(b.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {name}, "password": {"wrong"}}).Is(http.StatusUnprocessableEntity)
		if got := markup.Attr(page.ByID("name"), "value"); got != name {
			t.Errorf("the name typed was %q, it is now %q", name, got)
		}
		if got := markup.Attr(page.ByID("password"), "value"); got != "" {
			t.Errorf("the password is sent back: %q", got)
		}
		if len(b.Client.Jar.Cookies(b.Base)) != 1 {
			t.Errorf("cookies: %v", b.Client.Jar.Cookies(b.Base))
		}
		answers[page.Text()] = name
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
}

func TestAThrottledSignInSaysHowLongToWait(t *testing.T) {
	w := newWorld()
	w.tries = 0
	b := w.browse(t)
	page := b.Submit(b.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"yram"}})
	page.Is(http.StatusTooManyRequests).Says("Wait 2 minutes, then try again", "give this reference")
	for span, want := range map[time.Duration]string{time.Second: "1 second", 1500 * time.Millisecond: "2 seconds", 59 * time.Second: "59 seconds", // C11
		time.Minute: "1 minute", 61 * time.Second: "2 minutes", 15 * time.Minute: "15 minutes"} {
		if got := inWords(span); got != want {
			t.Errorf("%s is %s, want %s", span, got, want)
		}
	}
	if got := page.Header.Get("Retry-After"); got != "91" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestBlankFieldsAreNamed(t *testing.T) {
	b := newWorld().browse(t)
	page := b.Submit(b.Get("/auth/sign-in"), "/auth/sign-in", nil)
	page.Is(http.StatusUnprocessableEntity).Says("Enter your user name", "Enter your password")
	b.Submit(page, "/auth/sign-in", url.Values{"name": {"mary"}}).Says("Enter your password").Hides("Enter your user name")
}

func TestSigningInMakesANewSessionAndEndsTheOld(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	// What an attacker has planted is not taken up (session fixation).
	b.Client.Jar.SetCookies(b.Base, []*http.Cookie{{Name: "frontdesk-session", Value: "planted"}})
	b.signIn("mary")
	if _, taken := w.sessions["planted"]; taken {
		t.Error("the planted session became real")
	}
	w.asked["r1"].SignedInSince = w.now.Add(1)
	page := b.Get("/auth/sign-in?request=r1").Is(http.StatusOK)
	w.now = w.now.Add(2)
	b.Submit(page, "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"yram"}}).Leads("/auth/consent?request=r1")
	if _, left := w.sessions["cookie-0"]; left || len(w.sessions) != 1 {
		t.Errorf("sessions: %v", w.sessions)
	}
	if cookies := b.Client.Jar.Cookies(b.Base); len(cookies) != 2 || cookies[0].Value != "cookie-1" || cookies[1].Name != "frontdesk-browser" {
		t.Errorf("cookies: %v", cookies)
	}
}

func TestARequestThatWantsAFreshSignInGetsOne(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	b.Get("/auth/consent?request=r1").Is(http.StatusOK)
	w.asked["r1"].SignedInSince = w.now.Add(1)
	b.Get("/auth/consent?request=r1").Leads("/auth/sign-in?request=r1")
	b.Get("/auth/sign-in?request=r1").Is(http.StatusOK)
}

func TestSigningOutEndsTheSessionAndTakesAButton(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("mary")
	page := b.Get("/auth/sign-out?request=r1").Is(http.StatusOK)
	if len(w.sessions) != 1 {
		t.Fatal("a link alone signed out")
	}
	b.Submit(page, "/auth/sign-out", nil).Leads("/auth/sign-in?request=r1")
	if len(w.sessions) != 0 || len(b.Client.Jar.Cookies(b.Base)) != 1 { // that the browser is known opens nothing
		t.Errorf("left: %v, %v", w.sessions, b.Client.Jar.Cookies(b.Base))
	}
	b.Get("/auth/manage").Leads("/auth/sign-in")
}

func TestWhoIsSuspendedIsNotSignedInAnyMore(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("mary")
	mary := w.accounts["mary"]
	mary.Suspended = true
	w.accounts["mary"] = mary
	b.Get("/auth/consent?request=r1").Leads("/auth/sign-in?request=r1")
	delete(w.accounts, "mary")
	b.Get("/auth/manage").Leads("/auth/sign-in")
}

func TestAnotherProviderIsAButton(t *testing.T) {
	w := newWorld()
	b := w.browse(t, func(o *Options) { o.Upstream = &Upstream{Name: "NHS login", URL: "/auth/upstream"} })
	for path, want := range map[string]string{"/auth/sign-in": "/auth/upstream", "/auth/sign-in?request=r1": "/auth/upstream?request=r1"} {
		found := false
		for _, link := range b.Get(path).Says("Sign in with NHS login").All("a") {
			found = found || markup.Attr(link, "href") == want
		}
		if !found {
			t.Errorf("%s has no link to %s", path, want)
		}
	}
	w.browse(t).Get("/auth/sign-in").Hides("Sign in with")
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

// signInBy signs mary in without a browser, which would hide a cookie's attributes, and gives all the cookies that were
// set.
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
	b.Get("/auth/nothing").Is(http.StatusNotFound).Says("There is nothing at this address", "give this reference")
	if got := b.Do(http.MethodDelete, "/auth/consent", nil).Is(http.StatusMethodNotAllowed).Header.Get("Allow"); got != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", got)
	}
	if got := b.Get("/auth/manage/revoke").Is(http.StatusMethodNotAllowed).Header.Get("Allow"); got != "POST" {
		t.Errorf("Allow: %q", got)
	}
	if got := b.Do(http.MethodPost, "/auth/manage", nil).Is(http.StatusMethodNotAllowed).Header.Get("Allow"); got != "GET, HEAD" {
		t.Errorf("Allow: %q", got)
	}
	b.Do(http.MethodPost, "/auth/sign-in", url.Values{"name": {strings.Repeat("x", maxForm)}}).Is(http.StatusBadRequest).Says("The form did not arrive whole")
}
