package xml

import (
	"strings"

	"frontdesk/fhir"
)

// didYouMean is a hint at the element that a client may have meant, or nothing but the end of the sentence.
func (r *reader) didYouMean(local string, s *shape) string {
	if local == "id" || local == attributeOf(s) {
		return "; write it as an attribute."
	}
	best, distance := "", 3
	if len(local) > 60 {
		return "."
	}
	for key := range s.parts {
		n := fhir.Distance(strings.ToLower(local), strings.ToLower(key))
		if n < distance || n == distance && best != "" && key < best {
			best, distance = key, n
		}
	}
	if best == "" {
		return "."
	}
	return "; did you mean " + echo(best) + "?"
}
