package path

import (
	"fmt"
	"strings"
)

// Error is what is wrong with an expression, or with what it was asked of.
type Error struct {
	Source string
	Pos    int // in bytes from the source's beginning
	Text   string
}

// Error is the text with the place: "expected ) (at character 13, before "[0]")".
func (e *Error) Error() string { return e.Text + e.Place() }

// Place says where in the source it is.
func (e *Error) Place() string {
	near := e.Source[min(e.Pos, len(e.Source)):]
	if len(near) > 30 {
		near = near[:30] + "…"
	}
	return fmt.Sprintf(" (at character %d, before %q)", e.Pos+1, strings.ToValidUTF8(near, "?"))
}

// wrong is an Error at a place of a source.
func wrong(src string, pos int, format string, args ...any) *Error {
	return &Error{Source: src, Pos: pos, Text: fmt.Sprintf(format, args...)}
}
