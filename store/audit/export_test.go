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
func Made(kept, base string) (out []string, err error) { return MadeBy(rendition, kept, base) }

// MadeBy are those that a rendition makes.
func MadeBy(as int, kept, base string) (out []string, err error) {
	var f fact
	if err := json.Unmarshal([]byte(kept), &f); err != nil {
		return nil, err
	}
	for _, d := range documents(&f, base, as) {
		out = append(out, string(d.json))
	}
	return out, nil
}

// Earlier has a Recorder write links as the first rendition did.
func Earlier(o *Options) { o.as = 1 }

// Rendition is the present one.
const Rendition = rendition
