package fhir

import "strconv"

// Key names a resource, or one version of it. The zero Version means "the current one".
type Key struct {
	Type    string // a resource type of R4, as "Patient"
	ID      string // 1 to 64 of A-Z a-z 0-9 - . (R4 datatypes, id)
	Version int64  // 1, 2, 3 …; 0 is the current version
}

// String is the relative reference: "Patient/1" or "Patient/1/_history/2" (R4 references 2.3.0.1).
func (k Key) String() string {
	s := k.Type
	if k.ID != "" {
		s += "/" + k.ID
	}
	if k.Version != 0 {
		s += "/_history/" + strconv.FormatInt(k.Version, 10)
	}
	return s
}

// Current is the same key without a version.
func (k Key) Current() Key { return Key{Type: k.Type, ID: k.ID} }

// ValidID says whether s may be a resource id: R4 restricts it to [A-Za-z0-9\-\.]{1,64}.
func ValidID(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.':
		default:
			return false
		}
	}
	return true
}
