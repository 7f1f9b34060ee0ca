package xml

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkEscapes says whether a text holds no < and only references that XML knows without a declaration.
func (r *reader) checkEscapes(at int, raw string) bool {
	i := strings.IndexAny(raw, "<&")
	for ; i >= 0 && i < len(raw); i++ {
		switch raw[i] {
		case '<':
			return r.malformed(at+i, "a value can't hold \"<\"; write &lt;.")
		case '&':
			if _, n := reference(raw[i:]); n == 0 {
				return r.fault(at+i, "this is not an entity that is known here: use &lt; &gt; &amp; &quot; &apos; or a number, "+
					"as &#160;. A & itself is written &amp;.")
			}
		}
	}
	return true
}

// predefined are the entities of XML itself.
var predefined = [...]struct {
	name string
	r    rune
}{{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}}

// reference is the character that an entity or character reference at the beginning of s stands for, and its length;
// 0 if it's none of XML's.
func reference(s string) (rune, int) {
	for _, p := range predefined {
		if strings.HasPrefix(s, p.name) {
			return p.r, len(p.name)
		}
	}
	end := strings.IndexByte(s[:min(len(s), 12)], ';')
	if end < 3 || s[1] != '#' {
		return 0, 0
	}
	digits, base := s[2:end], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !isChar(rune(n)) {
		return 0, 0
	}
	return rune(n), end + 1
}

// isChar says whether XML can hold a character (XML 1.0, 2.2).
func isChar(r rune) bool {
	return r >= ' ' && r < 0xD800 || r == '\t' || r == '\n' || r == '\r' || r > 0xDFFF && r < 0xFFFE ||
		r > 0xFFFF && r <= utf8.MaxRune
}

// unescape is what an attribute's value means: white space in it is spaces (XML 1.0, 3.3.3).
func unescape(raw string) string {
	if !strings.ContainsAny(raw, "&\n\r\t") {
		return raw
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '&':
			r, n := reference(raw[i:])
			b.WriteRune(r)
			i += n - 1
		case c == '\r' && strings.HasPrefix(raw[i:], "\r\n"):
		case isSpace(c):
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// plainByte are the bytes that a JSON string and an attribute's value write alike.
var plainByte = func() (set [256]bool) {
	for c := ' '; c < 256; c++ {
		set[c] = c != '"' && c != '\\' && c != '&' && c != '<'
	}
	return set
}()

// quoteAttribute writes an attribute's value as a JSON string.
func (r *reader) quoteAttribute(raw string) {
	r.out = append(r.out, '"')
	for i := 0; i < len(raw); i++ {
		start := i
		for i < len(raw) && plainByte[raw[i]] {
			i++
		}
		r.out = append(r.out, raw[start:i]...)
		if i == len(raw) {
			break
		}
		switch c := raw[i]; {
		case c == '&':
			char, n := reference(raw[i:])
			r.out = appendJSON(r.out, char)
			i += n - 1
		case c == '\r' && strings.HasPrefix(raw[i:], "\r\n"):
		case isSpace(c):
			r.out = append(r.out, ' ')
		default:
			r.out = appendJSON(r.out, rune(c))
		}
	}
	r.out = append(r.out, '"')
}

// appendJSON writes a character within a JSON string.
func appendJSON(out []byte, c rune) []byte {
	switch c {
	case '"', '\\':
		return append(out, '\\', byte(c))
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	}
	return utf8.AppendRune(out, c)
}
