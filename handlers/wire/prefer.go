package wire

import (
	"strings"

	"frontdesk/fhir"
)

// Return is what a write is answered with (R4 http 3.1.0.1.8).
type Return uint8

// The values of Prefer: return=. The zero Return, for a client that says nothing, is the representation.
const (
	ReturnRepresentation Return = iota
	ReturnMinimal
	ReturnOutcome
)

// Preferences are what Frontdesk reads of the header Prefer.
type Preferences struct {
	Return  Return
	Said    bool // that the client named a Return itself
	Lenient bool // handling=lenient: unknown search parameters are ignored and told (R4 search 3.1.1.3)
	Async   bool // respond-async: the answer may come later (R4 async 3.1.0.15)
}

var returns = map[string]Return{
	"representation":   ReturnRepresentation,
	"minimal":          ReturnMinimal,
	"operationoutcome": ReturnOutcome,
}

// Prefer reads the header Prefer. Preferences it doesn't know are left aside, as RFC 7240 2 asks; an unknown value of
// one it knows is a mistake that the client would not otherwise notice, so it is fhir.Invalid.
func Prefer(header string) (Preferences, error) {
	var p Preferences
	if header == "" {
		return p, nil
	}
	separator := func(r rune) bool { return r == ',' || r == ';' }
	for part := range strings.FieldsFuncSeq(header, separator) {
		name, value, _ := strings.Cut(part, "=")
		value = strings.ToLower(strings.Trim(strings.TrimSpace(value), `"`))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "return":
			r, ok := returns[value]
			if !ok {
				return p, fhir.Errorf(fhir.Invalid, "", "Prefer: return=%s is not known. Use minimal, representation or OperationOutcome.", value)
			}
			p.Return, p.Said = r, true
		case "handling":
			if value != "lenient" && value != "strict" {
				return p, fhir.Errorf(fhir.Invalid, "", "Prefer: handling=%s is not known. Use strict or lenient.", value)
			}
			p.Lenient = value == "lenient"
		case "respond-async":
			p.Async = true
		}
	}
	return p, nil
}
