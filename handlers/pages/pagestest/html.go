package pagestest

import (
	"golang.org/x/net/html"

	"frontdesk/handlers/pages/markup"
)

// Text is what a page reads as, blanks made one.
func (a *Answer) Text() string { return markup.Text(a.Root) }

// All are the elements of these names, in order.
func (a *Answer) All(names ...string) []*html.Node { return markup.Within(a.Root, names...) }

// ByID is the element of an id, nil if there is none.
func (a *Answer) ByID(id string) *html.Node {
	for n := range a.Root.Descendants() {
		if n.Type == html.ElementNode && markup.Attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// Form is the first with this action.
func (a *Answer) Form(action string) *html.Node {
	a.t.Helper()
	for _, f := range a.All("form") {
		if markup.Attr(f, "action") == action {
			return f
		}
	}
	a.t.Fatalf("status %d, no form to %s: %s", a.StatusCode, action, a.Text())
	return nil
}
