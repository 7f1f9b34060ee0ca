package fhir

import "strings"

// maxEcho is how many bytes of a client's own text a message repeats: enough to find it by.
const maxEcho = 60

// Clip is what a client sent, cut to a length fit for a message.
func Clip(s string) string {
	if len(s) > maxEcho {
		s = strings.ToValidUTF8(s[:maxEcho-3], "") + "…"
	}
	return s
}

// Computable is an id as a name fit for code, as R4 wants of a definition's name (opd-0, spd-0): SlotEnd of slot-end.
func Computable(id string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '-' || r == '.' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// IsScheme says whether s can be the scheme of a URI (RFC 3986 3.1).
func IsScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}

// Distance is how many letters must be changed, added or left out to make a from b (Levenshtein), for suggesting the
// name that somebody may have meant.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, cost)
		}
	}
	return row[len(b)]
}
