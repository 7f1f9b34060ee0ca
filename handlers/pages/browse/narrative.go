package browse

import (
	"html/template"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// allowed are the elements of a narrative that are shown; of others only what is within. None has attributes but those
// of a table's cells: so there are no links, pictures, styles or scripts (R4 narrative 2.4.0).
var allowed = map[atom.Atom]bool{
	atom.P: true, atom.Br: true, atom.B: true, atom.I: true, atom.Em: true, atom.Strong: true, atom.Ul: true,
	atom.Ol: true, atom.Li: true,
	atom.Dl: true, atom.Dt: true, atom.Dd: true, atom.Table: true, atom.Thead: true, atom.Tbody: true,
	atom.Tfoot: true, atom.Tr: true,
	atom.Th: true, atom.Td: true, atom.Caption: true, atom.Pre: true, atom.Code: true, atom.Blockquote: true,
	atom.Sub: true, atom.Sup: true,
	atom.Span: true, atom.Div: true, atom.Small: true, atom.Hr: true,
}

// dropped are those of which nothing is shown.
var dropped = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Head: true, atom.Title: true,
	atom.Template: true,
	atom.Iframe:   true, atom.Object: true, atom.Svg: true, atom.Math: true, atom.Noscript: true, atom.Textarea: true,
	atom.Select: true}

// narrative is the xhtml of a resource's text, made safe; "" if there is none to show. Headings become bold paragraphs:
// the page has its own.
func narrative(div string) template.HTML {
	root, err := html.Parse(strings.NewReader(div))
	if err != nil {
		return ""
	}
	clean := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	copyInto(clean, root)
	var b strings.Builder
	if clean.FirstChild == nil || html.Render(&b, clean) != nil {
		return ""
	}
	return template.HTML(b.String())
}

// copyInto adds to a node what is allowed of what is within another.
func copyInto(to, from *html.Node) {
	for n := range from.ChildNodes() {
		switch {
		case n.Type == html.TextNode:
			to.AppendChild(&html.Node{Type: html.TextNode, Data: n.Data})
		case n.Type != html.ElementNode || dropped[n.DataAtom]:
		case allowed[n.DataAtom]:
			made := &html.Node{Type: html.ElementNode, Data: n.Data, DataAtom: n.DataAtom, Attr: spans(n)}
			to.AppendChild(made)
			copyInto(made, n)
		case len(n.Data) == 2 && n.Data[0] == 'h' && n.Data != "hr":
			strong := &html.Node{Type: html.ElementNode, Data: "strong", DataAtom: atom.Strong}
			p := &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P}
			p.AppendChild(strong)
			to.AppendChild(p)
			copyInto(strong, n)
		default:
			copyInto(to, n)
		}
	}
}

// spans are the attributes of a table's cell that say how far it goes.
func spans(n *html.Node) (kept []html.Attribute) {
	for _, a := range n.Attr {
		if a.Namespace == "" && (a.Key == "colspan" || a.Key == "rowspan") && len(a.Val) < 3 &&
			strings.Trim(a.Val, "0123456789") == "" {
			kept = append(kept, html.Attribute{Key: a.Key, Val: a.Val})
		}
	}
	return kept
}
