package pages

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// text is what a page reads as, blanks made one.
func (a *answer) text() string {
	var b strings.Builder
	for n := range a.root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// all are the elements of these names, in order.
func (a *answer) all(names ...string) []*html.Node { return within(a.root, names...) }

func within(root *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		for _, name := range names {
			if n.Type == html.ElementNode && n.Data == name {
				found = append(found, n)
			}
		}
	}
	return found
}

// byID is the element of an id, nil if there is none.
func (a *answer) byID(id string) *html.Node {
	for n := range a.root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// form is the first with this action.
func (a *answer) form(action string) *html.Node {
	a.t.Helper()
	for _, f := range a.all("form") {
		if attr(f, "action") == action {
			return f
		}
	}
	a.t.Fatalf("status %d, no form to %s: %s", a.StatusCode, action, a.text())
	return nil
}

// fields are what a browser would send of a form that nobody touched, without its buttons.
func fields(form *html.Node) url.Values {
	values := url.Values{}
	for _, n := range within(form, "input") {
		kind := attr(n, "type")
		if (kind == "checkbox" || kind == "radio") && !has(n, "checked") {
			continue
		}
		values.Add(attr(n, "name"), attr(n, "value"))
	}
	return values
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
