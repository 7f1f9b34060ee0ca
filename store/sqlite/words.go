package sqlite

import (
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
)

// words are what the full-text index has of a version: those of the narrative, and the other ones.
type words struct{ narrative, content string }

// columns are those of table prose in which a parameter's words stand, in FTS5's syntax for a filter; none is all of them.
var columns = map[string]string{"_text": "{narrative}: "}

// take notes the words of a parameter. A content begins with the narrative's words, which come with _text, and loses them.
func (w *words) take(code string, p search.Prose) {
	if columns[code] != "" {
		w.narrative = p.Words
	} else {
		w.content = p.Words
	}
}

// parted is the words with none of them in both columns.
func (w words) parted() words {
	if rest, ok := strings.CutPrefix(w.content, w.narrative); ok && (rest == "" || rest[0] == ' ') {
		w.content = rest
	}
	return w
}

// match is a question in FTS5's syntax. Each phrase stands in quotation marks, and has no character in it but letters, digits and
// spaces: nothing that a client sends can be taken for syntax.
func match(code string, q prose.Query) string { return columns[code] + "(" + phrases(q) + ")" }

func phrases(q prose.Query) string {
	of, with := q.All, " AND "
	switch {
	case q.Phrase != "" && q.Prefix:
		return `"` + q.Phrase + `" *`
	case q.Phrase != "":
		return `"` + q.Phrase + `"`
	case q.Any != nil:
		of, with = q.Any, " OR "
	}
	parts := make([]string, len(of))
	for i, part := range of {
		parts[i] = phrases(part)
	}
	return "(" + strings.Join(parts, with) + ")"
}
