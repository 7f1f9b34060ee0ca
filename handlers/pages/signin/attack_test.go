package signin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/smart/state"
)

// forms are all that can be sent, with what makes each of them do something.
var forms = []struct {
	path string
	as   string // who is signed in
	send url.Values
	done func(*world) bool
}{
	{"/auth/sign-in", "", url.Values{"name": {"mary"}, "password": {"yram"}}, func(w *world) bool { return len(w.sessions) > 0 }},
	{"/auth/sign-out", "ann", nil, func(w *world) bool { return len(w.sessions) == 0 }},
	{"/auth/consent", "ann", url.Values{"request": {"r1"}, "section": {"results"}, "for": {"once"}, "answer": {"allow"}},
		func(w *world) bool { return len(w.decisions) > 0 }},
	{"/auth/consent", "ann", url.Values{"request": {"r1"}, "answer": {"deny"}}, func(w *world) bool { return len(w.decisions) > 0 }},
	{"/auth/patient", "drlee", url.Values{"request": {"r1"}, "number": {"9000000009"}}, func(w *world) bool { return len(w.found) > 0 }},
	{"/auth/manage/revoke", "ann", url.Values{"approval": {"a"}}, func(w *world) bool { return len(w.approvals) == 0 }},
}

func TestCSRFIsRefusedByEveryForm(t *testing.T) {
	for _, form := range forms {
		for _, forgery := range []struct {
			what, token, site string
			works             bool
		}{
			{"no token", "", "", false},
			{"another's token", "token of cookie-7", "", false},
			{"the token, from another site", "own", "cross-site", false},
			{"the token, from a sister site", "own", "same-site", false},
			{"the token", "own", "", true},
			{"the token, from here", "own", "same-origin", true},
		} {
			w := newWorld()
			w.approvals = []state.Approval{{ID: "a", Account: "ann"}}
			b := w.browse(t)
			token := forgery.token
			if form.as != "" {
				b.signIn(form.as)
			}
			if token == "own" && form.as != "" {
				token = "token of cookie-0"
			} else if token == "own" {
				token = markup.Fields(b.Get("/auth/sign-in").Form("/auth/sign-in")).Get("csrf")
			}
			send := url.Values{"csrf": {token}}
			for name, value := range form.send {
				send[name] = value
			}
			var headers []string
			if forgery.site != "" {
				headers = []string{"Sec-Fetch-Site", forgery.site}
			}
			page := b.Do(http.MethodPost, form.path, send, headers...)
			if form.done(w) != forgery.works {
				t.Errorf("%s with %s: done is %v", form.path, forgery.what, !forgery.works)
			}
			if !forgery.works {
				page.Is(http.StatusForbidden).Says("nothing was changed")
			}
		}
	}
}

func TestTheSignInFormOfOneBrowserIsNoUseInAnother(t *testing.T) {
	w := newWorld()
	stolen := markup.Fields(w.browse(t).Get("/auth/sign-in").Form("/auth/sign-in")).Get("csrf")
	victim := w.browse(t)
	victim.Get("/auth/sign-in")
	victim.Do(http.MethodPost, "/auth/sign-in", url.Values{"csrf": {stolen}, "name": {"ann"}, "password": {"nna"}}).Is(http.StatusForbidden)
	if len(w.sessions) != 0 {
		t.Error("the victim is signed in as another (login CSRF)")
	}
}

func TestClickjackingSniffingAndCachingAreRefusedOnEveryPage(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("mary")
	for path, status := range map[string]int{
		"/auth/sign-in": 303, "/auth/sign-out": 200, "/auth/choose?request=r1": 200, "/auth/consent?request=r1&as=Patient/mary": 200,
		"/auth/manage": 200, "/auth/nothing": 404, "/auth/patient?request=r1": 403,
	} {
		page := b.Get(path).Is(status)
		for name, want := range map[string]string{
			"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cache-Control": "no-store",
		} {
			if got := page.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, not %q", path, name, got, want)
			}
		}
		for _, directive := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "style-src 'self'"} {
			if got := page.Header.Get("Content-Security-Policy"); !strings.Contains(got+";", directive) {
				t.Errorf("%s: the policy %q has no %s", path, got, directive)
			}
		}
	}
}

func TestOnlyTheConsentFormMayLeadToTheApp(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	for redirect, source := range map[string]string{
		"https://app.example/callback?a=b":    "'self' https://app.example;",
		"http://127.0.0.1:8765/callback":      "'self' http://127.0.0.1:8765;",
		"com.example.diary:/callback":         "'self' com.example.diary:;",
		"com.example.diary://callback":        "'self' com.example.diary:;",
		"https://app.example;script-src */cb": "'self';",
		"":                                    "'self';",
	} {
		w.asked["r1"].Redirect = redirect
		if got := b.Get("/auth/consent?request=r1").Header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action "+source) {
			t.Errorf("%s: the policy is %s", redirect, got)
		}
	}
	for _, path := range []string{"/auth/sign-out?request=r1", "/auth/manage"} {
		if got := b.Get(path).Header.Get("Content-Security-Policy"); !strings.Contains(got, "form-action 'self';") {
			t.Errorf("%s: the policy is %s", path, got)
		}
	}
}

func TestNoOpenRedirect(t *testing.T) {
	const evil = "https://evil.example/"
	for _, to := range []string{evil, "//evil.example", `/\evil.example`, "javascript:alert(1)"} {
		for _, name := range []string{"next", "return", "redirect", "redirect_uri", "url", "request", "as", "patient"} {
			w := newWorld()
			b := w.browse(t)
			query := url.Values{name: {to}}
			pages := []*answer{b.Get("/auth/consent?" + query.Encode()), b.Get("/auth/sign-in?" + query.Encode())}
			if signIn := pages[1]; signIn.StatusCode == http.StatusOK {
				pages = append(pages, b.Submit(signIn, "/auth/sign-in", query))
			}
			b.signIn("mary")
			for _, path := range []string{"", "/", "/sign-in", "/sign-out", "/choose", "/patient", "/consent", "/manage"} {
				pages = append(pages, b.Get("/auth"+path+"?"+query.Encode()))
			}
			for _, page := range pages {
				if to := page.Header.Get("Location"); to != "" && !strings.HasPrefix(to, "/auth/") {
					t.Errorf("%s leads to %s", page.Request.URL, to)
				}
			}
		}
	}
}

func TestHostileNamesAreText(t *testing.T) {
	const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}`
	w := newWorld()
	r := w.asked["r1"]
	r.App = hostile
	for i := range r.Sections {
		r.Sections[i] = section(hostile, hostile, hostile, hostile)
	}
	w.roles["mary"][1].Patient.Name = hostile
	w.patients[0] = Person{ID: hostile, Name: hostile, Born: hostile, NHSNumber: hostile}
	w.approvals = []state.Approval{{ID: hostile, Client: hostile, Account: "mary", Person: "RelatedPerson/3", Patient: "tom"}}
	w.seen = []Seen{{w.now, hostile}}

	patient, staff := w.browse(t), w.browse(t)
	pages := []*answer{patient.Get("/auth/sign-in?request=r1")}
	pages = append(pages, patient.Submit(pages[0], "/auth/sign-in", url.Values{"name": {hostile}, "password": {"x"}}))
	patient.signIn("mary")
	staff.signIn("drlee")
	pages = append(pages, patient.Get("/auth/choose?request=r1"), patient.Get("/auth/consent?request=r1&as=RelatedPerson/3"), patient.Get("/auth/manage"))
	search := staff.Get("/auth/patient?request=r1")
	pages = append(pages, search, staff.Submit(search, "/auth/patient", url.Values{"name": {hostile}, "day": {"1"}, "month": {"1"}, "year": {"1980"}}))
	for _, page := range pages {
		page.Says("<script>alert(1)</script>")
		for _, n := range page.All("script", "img") {
			if n.Data == "script" && markup.Attr(n, "src") == "" || markup.Has(n, "onerror") {
				t.Errorf("%s has a %s element", page.Request.URL, n.Data)
			}
		}
	}
}
