package pagestest

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"frontdesk/handlers/pages/markup"
)

// Browser keeps cookies, follows no redirect by itself, and reads pages. What goes wrong ends its test.
type Browser struct {
	T      *testing.T
	Base   *url.URL
	Client *http.Client
}

// New serves a handler for as long as the test runs, and opens a browser at it.
func New(t *testing.T, h http.Handler) *Browser {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return (&Browser{T: t, Base: base}).Another()
}

// Another is another browser at the same server, that shares nothing with this one.
func (b *Browser) Another() *Browser {
	b.T.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.T.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Browser{b.T, b.Base, client}
}

// Answer is what came back, read.
type Answer struct {
	*http.Response
	t    *testing.T
	Root *html.Node
}

// Do sends a request: a form if the method is POST. headers are names and values by turns.
func (b *Browser) Do(method, path string, form url.Values, headers ...string) *Answer {
	b.T.Helper()
	r, err := http.NewRequest(method, b.Base.String()+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.T.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.Client.Do(r)
	if err != nil {
		b.T.Fatal(err)
	}
	defer resp.Body.Close()
	root, err := html.Parse(resp.Body)
	if err != nil {
		b.T.Fatal(err)
	}
	return &Answer{resp, b.T, root}
}

// Get is Do for a link.
func (b *Browser) Get(path string) *Answer { b.T.Helper(); return b.Do(http.MethodGet, path, nil) }

// Follow goes where an answer redirects to, which must be here.
func (b *Browser) Follow(a *Answer) *Answer {
	b.T.Helper()
	to, err := a.Location()
	if err != nil || to.Host != b.Base.Host {
		b.T.Fatalf("%d to %q (%v): %s", a.StatusCode, a.Header.Get("Location"), err, a.Text())
	}
	return b.Get(to.RequestURI())
}

// Submit sends the first form of a page that has this action, with its own fields and what was typed. Fields given as
// nil are left out.
func (b *Browser) Submit(page *Answer, action string, typed url.Values) *Answer {
	b.T.Helper()
	form := page.Form(action)
	values := markup.Fields(form)
	for name, value := range typed {
		values[name] = value
	}
	if strings.EqualFold(markup.Attr(form, "method"), "post") {
		return b.Do(http.MethodPost, markup.Attr(form, "action"), values)
	}
	return b.Get(markup.Attr(form, "action") + "?" + values.Encode())
}

// Leads asserts a redirect.
func (a *Answer) Leads(to string) {
	a.t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != to {
		a.t.Fatalf("%d to %q, want 303 to %q: %s", a.StatusCode, got, to, a.Text())
	}
}

// Is asserts the status.
func (a *Answer) Is(status int) *Answer {
	a.t.Helper()
	if a.StatusCode != status {
		a.t.Fatalf("status %d, want %d: %s", a.StatusCode, status, a.Text())
	}
	return a
}

// Says asserts that the page reads so.
func (a *Answer) Says(texts ...string) *Answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Text(), text) {
			a.t.Errorf("the page doesn't say %q: %s", text, a.Text())
		}
	}
	return a
}

// Hides asserts that the page doesn't.
func (a *Answer) Hides(texts ...string) *Answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.Text(), text) {
			a.t.Errorf("the page says %q: %s", text, a.Text())
		}
	}
	return a
}
