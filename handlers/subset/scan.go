package subset

import (
	"bytes"
	"errors"
	"iter"
)

// errJSON says that bytes aren't minified JSON: what is stored always is, so it's our fault.
var errJSON = errors.New("not minified JSON")

// member is one member of an object.
type member struct {
	name  []byte // without quotes; FHIR's names have nothing to unescape
	value []byte
	whole []byte // name and value
}

// element is the name of the element that a member is of: "_status" is of status (R4 json 2.6.2.3).
func (m member) element() []byte { return bytes.TrimPrefix(m.name, []byte("_")) }

// members walks an object's members. It ends early, leaving *err, at what isn't JSON.
func members(object []byte, err *error) iter.Seq[member] {
	return func(yield func(member) bool) {
		*err = list(object, '{', '}', func(pos int) (int, bool) {
			end := skipString(object, pos)
			if end < 0 || end >= len(object) || object[end] != ':' {
				return -1, false
			}
			value := end + 1
			stop := skip(object, value)
			if stop < 0 {
				return -1, false
			}
			return stop, yield(member{object[pos+1 : end-1], object[value:stop], object[pos:stop]})
		})
	}
}

// items walks an array's items, as members does.
func items(array []byte, err *error) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		*err = list(array, '[', ']', func(pos int) (int, bool) {
			stop := skip(array, pos)
			if stop < 0 {
				return -1, false
			}
			return stop, yield(array[pos:stop])
		})
	}
}

// list calls each with the place of every part of an array or object; each gives back where the part ends.
func list(b []byte, open, shut byte, each func(pos int) (end int, more bool)) error {
	if len(b) < 2 || b[0] != open {
		return errJSON
	}
	if b[1] == shut {
		return nil
	}
	for pos := 1; ; pos++ {
		end, more := each(pos)
		switch {
		case end < 0 || end >= len(b):
			return errJSON
		case !more, b[end] == shut:
			return nil
		case b[end] != ',':
			return errJSON
		}
		pos = end
	}
}

// skip is where the value that begins at pos ends; -1 if there is none.
func skip(b []byte, pos int) int {
	depth := 0
	for pos < len(b) {
		switch b[pos] {
		case '"':
			if pos = skipString(b, pos); pos < 0 {
				return -1
			}
		case '{', '[':
			depth++
			pos++
			continue
		case '}', ']':
			if depth--; depth < 0 {
				return -1
			}
			pos++
		case ',', ':':
			if depth == 0 {
				return -1
			}
			pos++
			continue
		default:
			pos = skipWord(b, pos)
		}
		if depth == 0 {
			return pos
		}
	}
	return -1
}

// skipString is where the string that begins at pos ends.
func skipString(b []byte, pos int) int {
	if pos >= len(b) || b[pos] != '"' {
		return -1
	}
	for pos++; pos < len(b); pos++ {
		switch b[pos] {
		case '\\':
			pos++
		case '"':
			return pos + 1
		}
	}
	return -1
}

// skipWord is where a number, true, false or null ends.
func skipWord(b []byte, pos int) int {
	for ; pos < len(b); pos++ {
		switch b[pos] {
		case ',', '}', ']':
			return pos
		}
	}
	return pos
}
