package wire

import (
	"crypto/rand"
	"strings"
)

// referenceLetters are those of support references: no 0 and O, no 1, I and L, no U that is heard as V, and few words.
const referenceLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// A reference has three groups of four, so that it can be read out by phone: K7QP-M3XA-9TRD. Of 30 to the power of 12
// none comes twice by accident.
const (
	referenceGroups = 3
	referenceGroup  = 4
)

// NewReference makes a support reference: what people are told of an error, and what the log, the audit and the look-up
// for support know it by.
func NewReference() string {
	var b strings.Builder
	for b.Len() < referenceGroups*(referenceGroup+1)-1 {
		if b.Len()%(referenceGroup+1) == referenceGroup {
			b.WriteByte('-')
			continue
		}
		b.WriteByte(letter())
	}
	return b.String()
}

// letter is one of referenceLetters, each as likely as the others.
func letter() byte {
	const n = len(referenceLetters)
	var b [1]byte
	for {
		rand.Read(b[:]) // never fails (crypto/rand)
		if i := int(b[0]); i < 256/n*n {
			return referenceLetters[i%n]
		}
	}
}

// Reference is a support reference as somebody wrote it down: in small letters, with blanks for hyphens or without any.
// What isn't one of ours, as one that a client gave, stays as it is.
func Reference(typed string) string {
	typed = strings.TrimSpace(typed)
	letters := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(typed))
	if len(letters) != referenceGroups*referenceGroup || strings.Trim(letters, referenceLetters) != "" {
		return typed
	}
	return letters[:4] + "-" + letters[4:8] + "-" + letters[8:]
}
