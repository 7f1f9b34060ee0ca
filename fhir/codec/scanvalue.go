package codec

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// number consumes a JSON number and gives it as it is spelled.
func (s *scanner) number() (string, bool) {
	s.peek()
	start, i, text := s.pos, s.pos, s.text
	if i < len(text) && text[i] == '-' {
		i++
	}
	whole := digits(text, i)
	switch {
	case whole == i:
		return "", s.fail(i, "a digit should follow")
	case text[i] == '0' && whole > i+1:
		return "", s.fail(i, "a number must not begin with a zero")
	}
	i = whole
	if i < len(text) && text[i] == '.' {
		end := digits(text, i+1)
		if end == i+1 {
			return "", s.fail(end, "a digit should follow the decimal point")
		}
		i = end
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		end := digits(text, i)
		if end == i {
			return "", s.fail(end, "a digit should follow the exponent's e")
		}
		i = end
	}
	s.out = append(s.out, text[start:i]...)
	s.pos = i
	return text[start:i], true
}

func digits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// literal consumes true, false or null.
func (s *scanner) literal() (string, bool) {
	s.peek()
	for _, l := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.pos:], l) {
			s.pos += len(l)
			s.out = append(s.out, l...)
			return l, true
		}
	}
	return "", s.unexpected("a value (a string, a number, an object, an array, true, false or null)")
}

// skip consumes a value of any shape, for what is at fault already. depth is how many more levels it may have.
func (s *scanner) skip(depth int) bool {
	ok := false
	switch c := s.peek(); {
	case c == '"':
		_, ok = s.str()
	case c == '-' || c >= '0' && c <= '9':
		_, ok = s.number()
	case c != '{' && c != '[':
		_, ok = s.literal()
	case depth <= 0:
		return s.fail(s.pos, tooDeep)
	case c == '[':
		s.expect(c)
		for first := true; s.more(']', first); first = false {
			if !s.skip(depth - 1) {
				return false
			}
		}
		ok = !s.broken
	default:
		s.expect(c)
		for first := true; s.more('}', first); first = false {
			if _, ok := s.str(); !ok || !s.expect(':') || !s.skip(depth-1) {
				return false
			}
		}
		ok = !s.broken
	}
	return ok
}

const tooDeep = "objects and arrays are nested deeper than is accepted here; no R4 resource needs this"

// unescape gives what a string means. The complaint is "" if every escape is one of a Unicode character.
func (t token) unescape() (value, complaint string) {
	if !t.escaped {
		return t.raw, ""
	}
	b := make([]byte, 0, len(t.raw))
	for s := t.raw; s != ""; {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			b = append(b, s...)
			break
		}
		b = append(b, s[:i]...)
		s = s[i:]
		if s[1] != 'u' {
			b = append(b, "\b\f\n\r\t\"\\/"[strings.IndexByte(`bfnrt"\/`, s[1])])
			s = s[2:]
			continue
		}
		r, _ := hex4(s)
		s = s[6:]
		if utf16.IsSurrogate(r) {
			low, _ := hex4(s)
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				complaint = "holds half of a surrogate pair, which is no Unicode character"
			} else {
				s = s[6:]
			}
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b), complaint
}

// hex4 reads a \uXXXX escape.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
