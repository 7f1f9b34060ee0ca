package xml

import (
	"fmt"
	"unicode/utf8"
)

// appendEscaped writes a value within an attribute in double quotes. White space that is no space is written as a
// reference, else a reader would take it for one (XML 1.0, 3.3.3).
func appendEscaped(out, value []byte) []byte {
	for i := 0; i < len(value); {
		start := i
		for i < len(value) && bareByte[value[i]] {
			i++
		}
		if out = append(out, value[start:i]...); i == len(value) {
			break
		}
		switch c := value[i]; {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(value[i:])
			out = appendChar(out, r)
			i += n
			continue
		case c == '&':
			out = append(out, "&amp;"...)
		case c == '<':
			out = append(out, "&lt;"...)
		case c == '"':
			out = append(out, "&quot;"...)
		case isSpace(c):
			out = fmt.Appendf(out, "&#%d;", c)
		default:
			out = append(out, "\uFFFD"...)
		}
		i++
	}
	return out
}

// bareByte are the bytes that an attribute holds as they are.
var bareByte = func() (set [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		set[c] = c != '"' && c != '&' && c != '<'
	}
	return set
}()

// appendChar writes a character, or what stands for one that XML can't hold.
func appendChar(out []byte, r rune) []byte {
	if !isChar(r) {
		r = utf8.RuneError
	}
	return utf8.AppendRune(out, r)
}
