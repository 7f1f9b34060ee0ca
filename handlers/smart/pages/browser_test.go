package pages

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser keeps cookies, follows nothing, and reads pages.
type browser struct {
	t      *testing.T
	base   *url.URL
	client *http.Client
}

func (w *world) browse(t *testing.T, change ...func(*Options)) *browser {
	t.Helper()
	server := httptest.NewServer(w.handler(change...))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &browser{t, base, client}
}

// answer is what came back, read.
type answer struct {
	*http.Response
	t    *testing.T
	root *html.Node
}

func (b *browser) do(method, path string, form url.Values, headers ...string) *answer {
	b.t.Helper()
	r, err := http.NewRequest(method, b.base.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	root, err := html.Parse(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answer{resp, b.t, root}
}

func (b *browser) get(path string) *answer { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

// submit sends the first form of a page that has this action, with its own fields and what was typed. Fields given as nil are left out.
func (b *browser) submit(page *answer, action string, typed url.Values) *answer {
	b.t.Helper()
	form := page.form(action)
	values := fields(form)
	for name, value := range typed {
		values[name] = value
	}
	if strings.EqualFold(attr(form, "method"), "post") {
		return b.do(http.MethodPost, attr(form, "action"), values)
	}
	return b.get(attr(form, "action") + "?" + values.Encode())
}

// signIn signs in as the account of a name.
func (b *browser) signIn(name string) *answer {
	b.t.Helper()
	done := b.submit(b.get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {name}, "password": {backwards(name)}})
	done.leads("/auth/manage")
	return done
}

// leads asserts a redirect.
func (a *answer) leads(to string) {
	a.t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != to {
		a.t.Fatalf("%d to %q, want 303 to %q: %s", a.StatusCode, got, to, a.text())
	}
}

// is asserts the status.
func (a *answer) is(status int) *answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.text())
	}
	return a
}

// says asserts that the page reads so.
func (a *answer) says(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			a.t.Errorf("the page doesn't say %q: %s", text, a.text())
		}
	}
	return a
}

// hides asserts that the page doesn't.
func (a *answer) hides(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.text(), text) {
			a.t.Errorf("the page says %q: %s", text, a.text())
		}
	}
	return a
}
