package prose

import (
	"html"
	"slices"
	"strings"
)

// inline are the elements of a narrative that part no words: H<sub>2</sub>O is one.
var inline = []string{"a", "abbr", "acronym", "b", "big", "cite", "code", "dfn", "em", "i", "kbd", "q", "samp", "small", "span", "strong", "sub", "sup", "tt", "var"}

// unmarked is the text of a narrative's XHTML, which the codec has found to be well formed. What isn't comes out
// somehow.
func unmarked(xhtml string) string {
	var b strings.Builder
	b.Grow(len(xhtml))
	for xhtml != "" {
		before, tag, found := strings.Cut(xhtml, "<")
		b.WriteString(html.UnescapeString(before))
		if !found {
			break
		}
		if rest, ok := strings.CutPrefix(tag, "!--"); ok {
			_, xhtml, _ = strings.Cut(rest, "-->")
			continue
		}
		end := closing(tag)
		name := strings.TrimPrefix(tag[:end], "/")
		if i := strings.IndexAny(name, " \t\r\n/"); i >= 0 {
			name = name[:i]
		}
		if !slices.Contains(inline, name) {
			b.WriteByte(' ')
		}
		xhtml = tag[min(end+1, len(tag)):]
	}
	return b.String()
}

// closing is where a tag ends: at the first > that isn't in an attribute's value.
func closing(tag string) int {
	var quote byte
	for i := range len(tag) {
		switch c := tag[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return len(tag)
}
