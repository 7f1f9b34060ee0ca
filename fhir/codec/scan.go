package codec

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"frontdesk/fhir"
)

// scanner reads JSON tokens (RFC 8259) and writes them, without the white space between them, to out.
// The input is held as one string, so that the strings in it cost no copy of their own.
type scanner struct {
	text string
	pos  int
	out  []byte
	// The first syntax fault; it ends everything.
	broken    bool
	brokenAt  int
	brokenFor string
	excess    *fhir.Error // set instead if the text is too much
}

// exceed notes that the text is over a limit and returns false.
func (s *scanner) exceed(format string, args ...any) bool {
	s.broken, s.excess = true, fhir.Errorf(fhir.TooLarge, "", format, args...)
	s.excess.Issues[0].Code = codeTooLong
	return false
}

// fail notes a syntax fault and returns false, which every caller hands on.
func (s *scanner) fail(at int, format string, args ...any) bool {
	if !s.broken {
		s.broken, s.brokenAt, s.brokenFor = true, at, fmt.Sprintf(format, args...)
	}
	return false
}

// peek skips white space and gives the next byte without consuming it; 0 at the end.
func (s *scanner) peek() byte {
	for i := s.pos; i < len(s.text); i++ {
		if c := s.text[i]; c > ' ' || c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			s.pos = i
			return c
		}
	}
	s.pos = len(s.text)
	return 0
}

// expect consumes one structural byte.
func (s *scanner) expect(c byte) bool {
	if s.peek() != c || s.pos == len(s.text) {
		return s.unexpected("%q", c)
	}
	s.pos++
	s.out = append(s.out, c)
	return true
}

func (s *scanner) unexpected(wantFormat string, want ...any) bool {
	w := fmt.Sprintf(wantFormat, want...)
	if s.pos >= len(s.text) {
		return s.fail(s.pos, "the JSON ends where %s should follow; it seems to be cut off", w)
	}
	r, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	return s.fail(s.pos, "found %q where %s should be", r, w)
}

// more steps on within an object or array: true if another item follows, false at close or on a fault.
// first tells whether no item has been read yet.
func (s *scanner) more(closer byte, first bool) bool {
	c := s.peek()
	if c == closer {
		s.pos++
		s.out = append(s.out, closer)
		return false
	}
	if first {
		return c != 0 || s.unexpected("%q", closer)
	}
	if c != ',' {
		return s.unexpected("',' or %q", closer)
	}
	s.pos++
	s.out = append(s.out, ',')
	if c := s.peek(); c == closer || c == 0 {
		return s.unexpected("another item")
	}
	return true
}

// token is a JSON string as sent, without its quotes.
type token struct {
	raw     string
	escaped bool
}

// str consumes a JSON string. It refuses raw control characters, bad UTF-8 and unknown escapes.
func (s *scanner) str() (token, bool) {
	if s.peek() != '"' {
		return token{}, s.unexpected("a string in double quotes")
	}
	start, text := s.pos+1, s.text
	escaped, wide := false, false
	for i := start; i < len(text); i++ {
		for i < len(text) && plain[text[i]] {
			i++
		}
		if i == len(text) {
			break
		}
		switch c := text[i]; {
		case c == '"':
			raw := text[start:i]
			if wide && !utf8.ValidString(raw) {
				return token{}, s.fail(start+badUTF8(raw), "the string is not valid UTF-8 here")
			}
			s.out = append(s.out, text[start-1:i+1]...)
			s.pos = i + 1
			return token{raw, escaped}, true
		case c == '\\':
			n := escapeLength(text[i:])
			if n == 0 {
				return token{}, s.fail(i, "this is not an escape that JSON knows")
			}
			escaped = true
			i += n - 1
		case c < ' ':
			return token{}, s.fail(i, "a string holds the raw control character %U; write it as an escape, or leave it out", rune(c))
		case c >= utf8.RuneSelf:
			wide = true
		}
	}
	return token{}, s.fail(len(text), "the JSON ends within a string; it seems to be cut off")
}

// plain are the bytes of a string that need no thought.
var plain = func() (p [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		p[c] = c != '"' && c != '\\'
	}
	return p
}()

func badUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return 0
}

// escapeLength is the length of the escape that s begins with; 0 if it is none.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	if strings.IndexByte(`"\/bfnrt`, s[1]) >= 0 {
		return 2
	}
	if _, ok := hex4(s); ok {
		return 6
	}
	return 0
}
