package prose

import (
	"strings"
	"unicode"
)

// Break stands between two elements' words, so that a phrase isn't found across them. No word has it in it, because it
// is neither a letter nor a digit.
const Break = "¶"

// longest is how many letters of a word count. A longer one is no word of a language.
const longest = 128

// Words are the words of a text: runs of letters and digits, folded as Fold folds, with one space between them. An
// apostrophe within a word is passed over ("O'Neil" is oneil), other punctuation parts words ("half-life" is half
// life). The words of the words are the same again.
func Words(s string) string {
	var w writer
	w.Grow(len(s))
	w.words(s)
	return w.String()
}

// writer puts words one behind the other.
type writer struct {
	strings.Builder
	apart bool // a Break comes before the next word
}

// words adds those of s.
func (w *writer) words(s string) {
	if !ascii(s) {
		s = decomposed(s)
	}
	size := 0 // of the word so far
	for _, r := range s {
		switch {
		case inWord(r):
			r = lower(r)
			if plain := spelt(r); plain != "" {
				for _, r := range plain {
					size = w.letter(r, size)
				}
				continue
			}
			size = w.letter(r, size)
		case r != '\'' && r != '’' && !unicode.In(r, unicode.Mn, unicode.Cf):
			size = 0
		}
	}
}

// letter adds one to a word of size letters and returns how many it has now.
func (w *writer) letter(r rune, size int) int {
	if size == 0 && w.Len() > 0 {
		if w.apart {
			w.WriteString(" " + Break)
		}
		w.WriteByte(' ')
	}
	w.apart = false
	if size < longest {
		w.WriteRune(r)
	}
	return size + 1
}

func inWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}
