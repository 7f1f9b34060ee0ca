package search

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// maxCursor bounds _cursor, encoded.
const maxCursor = 2 << 10

// bindingSize is how many bytes tell one search from another in a cursor: they guard against mistakes, and keep no
// secret.
const bindingSize = 6

// The byte before the Position in a cursor: which way the page lies from there.
const (
	onwards = 'n'
	back    = 'p'
)

// Cursor is a Place as the value of _cursor; "" for the first page.
func (p Place) Cursor() string { return p.cursor(nil) }

func (p Place) cursor(binding []byte) string {
	way := byte(onwards)
	switch {
	case p.Back:
		way = back
	case p.First():
		return ""
	}
	out := append(binding[:len(binding):len(binding)], way)
	return base64.RawURLEncoding.EncodeToString(append(out, p.After...))
}

// PlaceOf reads what Place.Cursor made. Whether the Position is one, the Backend judges.
func PlaceOf(cursor string) (Place, error) {
	raw, err := rawCursor(cursor)
	if err != nil {
		return Place{}, err
	}
	return placed(raw)
}

func placed(raw []byte) (p Place, err error) {
	if p.Back = raw[0] == back; len(raw) > 1 {
		p.After = raw[1:]
	}
	if !p.Back && (raw[0] != onwards || p.After == nil) {
		return Place{}, foreignCursor()
	}
	return p, nil
}

// rawCursor is what a cursor is of: at least a byte.
func rawCursor(cursor string) ([]byte, error) {
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") {
		return nil, foreignCursor()
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) == 0 {
		return nil, foreignCursor()
	}
	return raw, nil
}

// Cursor is a Place in this search as a value of _cursor that no other search takes; "" for the first page.
func (s *Search) Cursor(p Place) string { return p.cursor(s.binding) }

// binding is a digest of what decides which matches there are, and in which order. How many are shown on a page and
// what of them may change from one page to the next.
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
func (c *parser) readCursor(_ string, p param) (err error) {
	c.cursor, err = rawCursor(p.value)
	return err
}

// bind gives the search its binding, and the place that a cursor with it asks for.
func (c *parser) bind(understood []param) (err error) {
	c.out.binding = c.binding(understood)
	if c.cursor == nil {
		return nil
	}
	at, own := bytes.CutPrefix(c.cursor, c.out.binding)
	if !own || len(at) == 0 {
		return foreignCursor()
	}
	c.out.Place, err = placed(at)
	return err
}

func foreignCursor() error {
	return bad("_cursor", "none", "it isn't a page of this search. Use the link with relation next or previous just "+
		"as the server gave it, or start again from the first page without _cursor")
}
