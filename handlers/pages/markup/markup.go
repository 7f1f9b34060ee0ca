package markup

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Text is what a part of a page reads as, blanks made one.
func Text(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Within are the elements of these names in a part of a page, in order.
func Within(root *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains(names, n.Data) {
			found = append(found, n)
		}
	}
	return found
}

// Fields are what a browser would send of a form that nobody touched, without its buttons.
func Fields(form *html.Node) url.Values {
	values := url.Values{}
	for _, n := range Within(form, "input", "textarea", "select") {
		name := Attr(n, "name")
		switch kind := Attr(n, "type"); {
		case n.Data == "textarea":
			values.Add(name, Text(n))
		case n.Data == "select":
			values.Add(name, selected(n))
		case (kind == "checkbox" || kind == "radio") && !Has(n, "checked") || kind == "file":
		default:
			values.Add(name, Attr(n, "value"))
		}
	}
	return values
}

// selected is the value of the option that is chosen: the first, if none is.
func selected(list *html.Node) string {
	options := Within(list, "option")
	for _, option := range options {
		if Has(option, "selected") {
			return Attr(option, "value")
		}
	}
	if len(options) == 0 {
		return ""
	}
	return Attr(options[0], "value")
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
