package prose

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold makes strings comparable as R4 search 3.1.1.4.8 asks: case, accents and other combining marks, and punctuation
// are ignored, letters with a stroke and ligatures are taken apart (see bases), and a run of white space counts as one
// space. Folding again changes nothing. Who changes it raises spec.IndexVersion.
func Fold(s string) string {
	if plain(s) {
		return s
	}
	if !ascii(s) {
		s = decomposed(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = b.Len() > 0
		case ignored(r):
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			r = lower(r)
			if plain := spelt(r); plain != "" {
				b.WriteString(plain)
				continue
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// bases are the letters for which Unicode has no decomposition, though people without the key for them type something
// else: who looks for Lukasz means Łukasz too. They are written as CLDR's transform Latin-ASCII does.
var bases = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ŧ': "t",
}

// spelt is how people without the key for a small letter write it, "" if just so.
func spelt(r rune) string {
	if r < 0x80 {
		return ""
	}
	return bases[r]
}

// lower is the one form of all cases of a letter. By way of the capital, because some have two small ones (σ and ς).
func lower(r rune) rune {
	if r < 0x80 {
		if r >= 'A' && r <= 'Z' {
			r |= 0x20
		}
		return r
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// ignored says whether a character has no weight in a comparison.
func ignored(r rune) bool {
	if r < 0x80 {
		return r < 0x20 || r == 0x7f || asciiPunct[r]
	}
	return unicode.In(r, unicode.P, unicode.Mn, unicode.Cf, unicode.Cc)
}

// asciiPunct are ASCII's characters of Unicode's category P. Its symbols ($ + < = > ^ ` | ~) have weight: they tell
// units and codes apart.
var asciiPunct = func() (t [0x80]bool) {
	for r := range rune(0x80) {
		t[r] = unicode.IsPunct(r)
	}
	return t
}()

// plain says whether a string is its own fold, without making anything: most names and codes in lower case are.
func plain(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < 0x20 || asciiPunct[c] || c >= 'A' && c <= 'Z' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// decomposed parts letters from their marks. Bytes that aren't UTF-8 are replaced first: behind one of them the library
// leaves a letter whole.
func decomposed(s string) string { return norm.NFKD.String(strings.ToValidUTF8(s, "\uFFFD")) }
