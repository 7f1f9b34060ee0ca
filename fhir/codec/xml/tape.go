package xml

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

var errOne = errors.New("the text should be one JSON value")

// node is one value, or one name, of a JSON text.
type node struct {
	kind       jsontext.Kind
	start, end int // in the text
	next       int // the node behind it and all within it
}

// tape is a JSON text as its nodes in their order, so that members can be taken in another order than they come.
type tape struct {
	text  []byte
	nodes []node
	open  []int
	plain []byte // what string gave last
}

// read fills the tape. The text must be one JSON value.
func (t *tape) read(text []byte) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	t.text, t.nodes, t.open = text, t.nodes[:0], t.open[:0]
	for before := 0; ; before = int(d.InputOffset()) {
		token, err := d.ReadToken()
		switch {
		case err == io.EOF && (len(t.nodes) == 0 || t.nodes[0].next < len(t.nodes)):
			return errOne
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		at, end := len(t.nodes), int(d.InputOffset())
		switch kind := token.Kind(); kind {
		case '}', ']':
			opened := t.open[len(t.open)-1]
			t.open = t.open[:len(t.open)-1]
			t.nodes[opened].next, t.nodes[opened].end = at, end
		case '{', '[':
			t.open = append(t.open, at)
			t.nodes = append(t.nodes, node{kind: kind, start: end - 1})
		default:
			start := before
			for isSpace(text[start]) || text[start] == ':' || text[start] == ',' {
				start++
			}
			t.nodes = append(t.nodes, node{kind: kind, start: start, end: end, next: at + 1})
		}
	}
}

// raw is a node as it stands in the text.
func (t *tape) raw(i int) []byte { return t.text[t.nodes[i].start:t.nodes[i].end] }

// string is what a string, or a name, means, until it's asked for another. What isn't Unicode becomes the replacement
// character.
func (t *tape) string(i int) []byte {
	raw := t.raw(i)
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	t.plain, _ = jsontext.AppendUnquote(t.plain[:0], raw)
	return t.plain
}
