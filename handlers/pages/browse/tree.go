package browse

import (
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"
)

// tree writes JSON as lists that open and close.
type tree struct {
	b    strings.Builder
	base string // the FHIR base URL: what is below it is linked
	here string // the path of the base URL
	open int    // how deep lists are open
}

// relative is a reference to a resource of this server.
var relative = regexp.MustCompile(`^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}(/_history/[A-Za-z0-9.-]{1,64})?$`)

// write writes a whole value.
func (t *tree) write(n node) template.HTML {
	t.b.WriteString(`<div class="json">`)
	t.value("", n, 0)
	t.b.WriteString(`</div>`)
	return template.HTML(t.b.String())
}

// value writes one value with the name of the member that it is, if it is one.
func (t *tree) value(name string, n node, depth int) {
	label := ""
	if name != "" {
		label = `<span class="k">` + html.EscapeString(name) + `</span>: `
	}
	if n.kind != object && n.kind != array || len(n.kids) == 0 {
		t.b.WriteString(label)
		t.plain(name, n)
		return
	}
	open, marks, unit := "", "{}", "members"
	if depth < t.open {
		open = " open"
	}
	if n.kind == array {
		marks, unit = "[]", "elements"
	}
	if len(n.kids) == 1 {
		unit = unit[:len(unit)-1]
	}
	fmt.Fprintf(&t.b, `<details%s><summary>%s%c <span class="n">%s%d %s</span> %c</summary><ul>`,
		open, label, marks[0], about(n), len(n.kids), unit, marks[1])
	for i, kid := range n.kids {
		t.b.WriteString("<li>")
		if n.kind == object {
			t.value(n.names[i], kid, depth+1)
		} else {
			t.value("", kid, depth+1)
		}
		t.b.WriteString("</li>")
	}
	t.b.WriteString("</ul></details>")
}

// about names a closed resource, so that one finds it.
func about(n node) string {
	if n.kind != object {
		return ""
	}
	typ, id := n.says("resourceType"), n.says("id")
	if typ == "" {
		typ, id = n.says("resource", "resourceType"), n.says("resource", "id")
	}
	switch {
	case typ == "":
		return ""
	case id == "":
		return html.EscapeString(typ) + ", "
	}
	return html.EscapeString(typ+"/"+id) + ", "
}

// longest is as much of a string as is shown, in bytes: more is data that nobody reads.
const longest = 2000

// plain writes a value that has nothing within it.
func (t *tree) plain(name string, n node) {
	switch n.kind {
	case object:
		t.b.WriteString("{}")
	case array:
		t.b.WriteString("[]")
	case text:
		shown, rest := n.text, ""
		if len(shown) > longest {
			shown, rest = strings.ToValidUTF8(shown[:longest], ""), fmt.Sprintf(" … %d bytes more", len(n.text)-longest)
		}
		shown = html.EscapeString(`"` + shown + `"`)
		if to := t.link(name, n.text); to != "" {
			shown = `<a href="` + html.EscapeString(to) + `">` + shown + `</a>`
		}
		fmt.Fprintf(&t.b, `<span class="s">%s</span>%s`, shown, rest)
	default:
		t.b.WriteString(`<span class="v">` + html.EscapeString(n.text) + `</span>`)
	}
}

// link is where a text leads on this server, "" if nowhere.
func (t *tree) link(name, value string) string {
	if name == "reference" && relative.MatchString(value) {
		return t.here + "/" + value
	}
	if below, ours := strings.CutPrefix(value, t.base+"/"); ours {
		return t.here + "/" + below
	}
	return ""
}
