package search

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// maxCursor bounds _cursor, encoded.
const maxCursor = 2 << 10

// bindingSize is how many bytes tell one search from another in a cursor: they guard against mistakes, and keep no secret.
const bindingSize = 6

// Cursor is a Position as the value of _cursor.
func Cursor(p Position) string { return base64.RawURLEncoding.EncodeToString(p) }

// Bind makes a Position in this search one that no other search takes: what a link of it holds. nil, the start, is nil.
func (s *Search) Bind(p Position) Position {
	if p == nil {
		return nil
	}
	return append(s.binding[:len(s.binding):len(s.binding)], p...)
}

// binding is a digest of what decides which matches there are, and in which order. How many are shown on a page and what of them may
// change from one page to the next.
func (c *parser) binding(understood []param) []byte {
	text := c.o.Address
	for _, t := range c.types {
		text += "," + t.Name
	}
	text += "?" + self(understood, nil, 0)
	for _, s := range c.out.Sort {
		text += "," + map[bool]string{true: "-"}[s.Desc] + s.Param.Code
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:bindingSize]
}

// readCursor decodes what Cursor made. Whether it is of this search is seen when all of it has been read.
func (c *parser) readCursor(_ string, p param) error {
	if p.value == "" || len(p.value) > maxCursor || strings.ContainsAny(p.value, "\r\n") {
		return foreignCursor()
	}
	at, err := base64.RawURLEncoding.Strict().DecodeString(p.value)
	if err != nil || len(at) <= bindingSize {
		return foreignCursor()
	}
	c.out.After = at
	return nil
}

// bind gives the search its binding, and takes that off the position asked for.
func (c *parser) bind(understood []param) error {
	c.out.binding = c.binding(understood)
	if c.out.After == nil {
		return nil
	}
	at, own := bytes.CutPrefix(c.out.After, c.out.binding)
	if !own {
		return foreignCursor()
	}
	c.out.After = at
	return nil
}

func foreignCursor() error {
	return bad("_cursor", "none", "it isn't a page of this search. Use the link with relation next just as the server gave it, or start again from the first page without _cursor")
}
