package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"frontdesk/handlers/pages/markup"
)

// browser keeps cookies and follows redirects, but for those that lead to an app.
type browser struct {
	*http.Client
	app string // the app's redirect URI
}

// page is where the browser has come to.
type page struct {
	at   *url.URL
	root *html.Node // nil at the app
}

// largest is the most that is read of a page, in bytes.
const largest = 1 << 20

// get follows a link.
func (b *browser) get(ctx context.Context, link string) (*page, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	return b.show(r)
}

// send sends a form as its page shows it, but for the values given. method and action are the form's own.
func (b *browser) send(ctx context.Context, p *page, form *html.Node, typed url.Values) (*page, error) {
	values := markup.Fields(form)
	for name, value := range typed {
		values[name] = value
	}
	to, err := p.at.Parse(markup.Attr(form, "action"))
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(markup.Attr(form, "method"), http.MethodPost) {
		to.RawQuery = values.Encode()
		return b.get(ctx, to.String())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.show(r)
}

// show is the page that a request leads to.
func (b *browser) show(r *http.Request) (*page, error) {
	b.CheckRedirect = func(next *http.Request, before []*http.Request) error {
		if b.isApp(next.URL) {
			return http.ErrUseLastResponse
		}
		if len(before) > 10 {
			return errors.New("the server redirects for ever")
		}
		return nil
	}
	resp, err := b.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if to, err := resp.Location(); err == nil && b.isApp(to) {
		return &page{at: to}, nil
	}
	root, err := html.Parse(io.LimitReader(resp.Body, largest))
	if err != nil {
		return nil, err
	}
	return &page{resp.Request.URL, root}, nil
}

// isApp says whether a URL is the app's, whatever its query is.
func (b *browser) isApp(u *url.URL) bool {
	bare := *u
	bare.RawQuery = ""
	app, _, _ := strings.Cut(b.app, "?")
	return bare.String() == app
}

// form is the form of a page that has a field or button of a name; nil if there is none.
func (p *page) form(name string) *html.Node {
	for form := range p.root.Descendants() {
		if form.Type != html.ElementNode || form.Data != "form" {
			continue
		}
		for n := range form.Descendants() {
			if n.Type == html.ElementNode && markup.Attr(n, "name") == name {
				return form
			}
		}
	}
	return nil
}

// says is an error with what the page reads as: its complaint about what was sent, or else all of it.
func (p *page) says() error {
	var main, complaint *html.Node
	for n := range p.root.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "main":
			main = n
		case n.Type == html.ElementNode && markup.Attr(n, "role") == "alert":
			complaint = n
		}
	}
	for _, n := range []*html.Node{complaint, main, p.root} {
		if n != nil {
			return fmt.Errorf("the server says: %s", markup.Text(n))
		}
	}
	return nil
}
