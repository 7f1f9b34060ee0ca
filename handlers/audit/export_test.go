package audit

import "github.com/google/uuid"

// Documents are the AuditEvents of an event as the present rendition has them, by an id.
func Documents(id, base string, e Event) (out []string) {
	for _, d := range documents(&fact{uuid.MustParse(id), e}, base) {
		out = append(out, string(d.json))
	}
	return out
}

// Rendition is the present one.
const Rendition = rendition
