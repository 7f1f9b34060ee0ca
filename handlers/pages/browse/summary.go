package browse

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"frontdesk/handlers/pages"
)

// row is one element of a resource in words.
type row struct {
	Key    string
	Values []value
}

// value is one of an element's values; Href is where it leads on this server.
type value struct{ Text, Href string }

// skipped are the elements that say nothing to a reader, or are shown elsewhere.
var skipped = []string{"resourceType", "id", "meta", "text", "contained", "extension", "modifierExtension",
	"implicitRules", "language"}

// reader puts resources into words.
type reader struct {
	tree
	shell *pages.Shell
}

// most is how many values of an element are told; the JSON has all.
const most = 8

// rows are the elements of a resource.
func (r *reader) rows(n node) (all []row) {
	for i, name := range n.names {
		if slices.Contains(skipped, name) || strings.HasPrefix(name, "_") {
			continue
		}
		one, kids := row{Key: words(name)}, n.kids[i:i+1]
		if n.kids[i].kind == array {
			kids = n.kids[i].kids
		}
		for j, kid := range kids {
			if j == most {
				one.Values = append(one.Values, value{Text: "…"})
				break
			}
			if v := r.value(name, kid); v.Text != "" {
				one.Values = append(one.Values, v)
			}
		}
		if one.Values != nil {
			all = append(all, one)
		}
	}
	return all
}

// words is the name of an element as people write it: "birthDate" is "Birth date".
func words(name string) string {
	var b strings.Builder
	for i, letter := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(letter))
		case unicode.IsUpper(letter):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(letter))
		default:
			b.WriteRune(letter)
		}
	}
	return b.String()
}

// longestLine is as much of a text as a summary has, in bytes.
const longestLine = 300

// value is a value in words.
func (r *reader) value(name string, n node) value {
	v := value{Text: r.brief(name, n)}
	if to := n.says("reference"); to != "" {
		v.Href = r.link("reference", to)
	}
	if len(v.Text) > longestLine {
		v.Text = strings.ToValidUTF8(v.Text[:longestLine], "") + "…"
	}
	return v
}

// brief is a value in a line: by what is in it, whatever its type is called.
func (r *reader) brief(name string, n node) string {
	switch n.kind {
	case text:
		return r.moment(n.text)
	case number:
		return n.text
	case literal:
		return map[string]string{"true": "Yes", "false": "No"}[n.text]
	case array:
		var all []string
		for _, kid := range n.kids {
			all = append(all, r.brief(name, kid))
		}
		return strings.Join(all, ", ")
	case nothing:
		return ""
	}
	for _, path := range [][]string{{"text"}, {"display"}, {"coding", "display"}, {"coding", "code"}, {"reference"}} {
		if said := n.says(path...); said != "" {
			return said
		}
	}
	switch {
	case n.says("family") != "" || len(n.all("given")) > 0:
		return strings.TrimSpace(r.brief("", n.at("prefix")) + " " + strings.ReplaceAll(r.brief("", n.at("given")),
			",", "") + " " + n.says("family"))
	case n.says("value") != "":
		return strings.Join(strings.Fields(n.says("value")+" "+n.says("unit")), " ") + said(" (", n.says("use"), ")")
	case n.says("start") != "" || n.says("end") != "":
		return strings.Join(strings.Fields(r.moment(n.says("start"))+" to "+r.moment(n.says("end"))), " ")
	}
	return r.parts(n)
}

// parts are the first few values of an object that is of no type that is known.
func (r *reader) parts(n node) string {
	var all []string
	for i, kid := range n.kids {
		if said := r.brief(n.names[i], kid); said != "" && n.names[i] != "url" && n.names[i] != "system" &&
			len(all) < 4 {
			all = append(all, said)
		}
	}
	return strings.Join(all, ", ")
}

// said is a text between two others, "" if there is none.
func said(before, text, after string) string {
	if text == "" {
		return ""
	}
	return before + text + after
}

// moment is a text, a date or time among them as people say it.
func (r *reader) moment(text string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return r.shell.Moment(at)
	}
	return pages.Date(text)
}

// titles and dates are where resources say what they are about and when, by what comes first.
var (
	titles = []string{"name", "code", "medicationCodeableConcept", "vaccineCode", "type", "title", "description",
		"topic", "payload", "category", "class"}
	dates = []string{"effectiveDateTime", "authoredOn", "onsetDateTime", "recordedDate", "occurrenceDateTime",
		"start", "sent", "period", "date",
		"created", "issued", "recorded", "birthDate", "performedDateTime"}
)

// first is the first of some elements that a resource has, in words.
func (r *reader) first(n node, names []string) string {
	for _, name := range names {
		if said := r.value(name, n.at(name)).Text; said != "" {
			return said
		}
	}
	return ""
}
