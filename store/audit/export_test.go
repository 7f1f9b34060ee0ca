package audit

import (
	"encoding/json"

	"github.com/google/uuid"
)

// Kept is an event as the chain keeps it, by an id.
func Kept(id string, e Event) (string, error) {
	text, err := json.Marshal(fact{uuid.MustParse(id), e})
	return string(text), err
}

// Made are the AuditEvents that the present rendition makes of an event that the chain keeps.
func Made(kept, base string) (out []string, err error) {
	var f fact
	if err := json.Unmarshal([]byte(kept), &f); err != nil {
		return nil, err
	}
	for _, d := range documents(&f, base) {
		out = append(out, string(d.json))
	}
	return out, nil
}

// Rendition is the present one.
const Rendition = rendition
