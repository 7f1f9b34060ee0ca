package pagestest

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Text is what a page reads as, blanks made one.
func (a *Answer) Text() string { return TextOf(a.Root) }

// TextOf is Text for a part of a page.
func TextOf(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// All are the elements of these names, in order.
func (a *Answer) All(names ...string) []*html.Node { return Within(a.Root, names...) }

// Within is All for a part of a page.
func Within(root *html.Node, names ...string) []*html.Node {
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

// ByID is the element of an id, nil if there is none.
func (a *Answer) ByID(id string) *html.Node {
	for n := range a.Root.Descendants() {
		if n.Type == html.ElementNode && Attr(n, "id") == id {
			return n
		}
	}
	return nil
}

// Form is the first with this action.
func (a *Answer) Form(action string) *html.Node {
	a.t.Helper()
	for _, f := range a.All("form") {
		if Attr(f, "action") == action {
			return f
		}
	}
	a.t.Fatalf("status %d, no form to %s: %s", a.StatusCode, action, a.Text())
	return nil
}

// Fields are what a browser would send of a form that nobody touched, without its buttons.
func Fields(form *html.Node) url.Values {
	values := url.Values{}
	for _, n := range Within(form, "input") {
		kind := Attr(n, "type")
		if (kind == "checkbox" || kind == "radio") && !Has(n, "checked") {
			continue
		}
		values.Add(Attr(n, "name"), Attr(n, "value"))
	}
	return values
}

// Attr is an attribute of an element, "" if it has none.
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Has says that an element has an attribute.
func Has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
