package index

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"unicode/utf8"

	"frontdesk/fhir/search"
)

// A key is the parameter's Name, one letter that says what is asked, and what is asked for. Each question that a key
// answers is an equality, or for the beginning of a text a range.
const (
	keyCode       = "c" // a token's code, in whatever system
	keyToken      = "s" // system and code
	keySystem     = "y" // a token's system, with whatever code
	keyOfType     = "o" // an identifier's type and value
	keyText       = "t" // a string, or the text of a token or reference: folded, at most textMax bytes of it
	keyTarget     = "r" // a reference's Type/id
	keyTargetID   = "i" // its id alone, where the parameter may point to several types
	keyTargetType = "a" // its type alone, there too
	keyURL        = "u" // a URI, or a reference that is an absolute URL
	keyWord       = "w" // a word of a text
)

// Bytes of a key: of a longer code or URI the first are kept, with a digest behind; of a longer text only the first.
const (
	keyMax  = 190
	keyCut  = 128
	textMax = 100
)

// whole is something to be looked for as a whole: if it is long, cut, and told apart by a digest.
func whole(s string) string {
	if len(s) <= keyMax {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return clip(s, keyCut) + "\x00" + base64.RawStdEncoding.EncodeToString(sum[:16])
}

// clip is the beginning of a text, of at most n bytes, with no letter cut.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// pair puts two texts into one, so that no other two give the same.
func pair(a, b string) string { return strconv.Itoa(len(a)) + ":" + a + b }

// After is the least text that is greater than every one that begins with s. MongoDB compares as Go does: by bytes.
func After(s string) string {
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
		switch {
		case r == utf8.MaxRune:
			continue
		case r == 0xD7FF:
			r = 0xDFFF // the next ones are no characters
		}
		return s + string(r+1)
	}
	return string(utf8.MaxRune) + string(utf8.MaxRune)
}

// tokenKeys are those of a token, behind its parameter's name.
func tokenKeys(name string, v search.Token, yield func(string)) {
	yield(name + keyCode + whole(v.Code))
	yield(name + keyToken + whole(pair(v.System, v.Code)))
	yield(name + keySystem + whole(v.System))
	if v.Type != "" {
		yield(name + keyOfType + whole(pair(v.Type, v.Code)))
	}
	if v.Text != "" {
		yield(name + keyText + clip(v.Text, textMax))
	}
}

// refKeys are those of a reference. several says that its parameter may point to more than one type.
func refKeys(name string, v search.Ref, several bool, yield func(string)) {
	if v.ID != "" {
		yield(name + keyTarget + v.Type + "/" + v.ID)
	}
	if v.ID != "" && several {
		yield(name + keyTargetID + v.ID)
	}
	if v.Type != "" && several {
		yield(name + keyTargetType + v.Type)
	}
	if v.URL != "" {
		yield(name + keyURL + whole(v.URL))
	}
	if v.Text != "" {
		yield(name + keyText + clip(v.Text, textMax))
	}
	if v.Identifier != nil {
		t := *v.Identifier
		t.Text = "" // :text asks for the reference's own
		tokenKeys(name, t, yield)
	}
}
