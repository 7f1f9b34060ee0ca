package fhir

// NHSNumber is the identifier system of NHS numbers.
const NHSNumber = "https://fhir.nhs.uk/Id/nhs-number"

// IsNHSNumber says that a text is an NHS number: ten digits of which the last is the modulus 11 check digit (NHS Data
// Dictionary, NHS NUMBER).
func IsNHSNumber(text string) bool {
	if len(text) != 10 {
		return false
	}
	sum := 0
	for i := range 10 {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
		sum += int(text[i]-'0') * (10 - i)
	}
	// The check digit, of weight 1, makes the sum divisible by 11; one of 10 isn't a digit, so that such numbers aren't
	// given.
	return sum%11 == 0
}
