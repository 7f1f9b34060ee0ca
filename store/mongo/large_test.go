package mongo_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/mongotest"
)

// TestWhatIsTooLargeForADocumentIsRefused: by its body, or with what it is found by; and nothing of it is stored.
func TestWhatIsTooLargeForADocumentIsRefused(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	note := `{"text":"` + strings.Repeat("words ", 150_000) + `"}`
	for notes, fits := range map[int]bool{1: true, 10: false, 15: false} { // of 0.9 MB
		id := fmt.Sprint("n", notes)
		w := k.write(id, 1, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"note":[`+strings.TrimSuffix(strings.Repeat(note+",", notes), ",")+`]}`)
		_, err := k.b.Apply(t.Context(), store.Batch{Writes: []store.Write{w}})
		_, there := k.b.Get(t.Context(), fhir.Key{Type: "Observation", ID: id})
		var e *fhir.Error
		switch {
		case fits && (err != nil || there != nil):
			t.Errorf("%d notes: %v, and then %v", notes, err, there)
		case !fits && (!errors.As(err, &e) || e.Kind != fhir.TooLarge || fhir.KindOf(there) != fhir.NotFound):
			t.Errorf("%d notes: %.200v, and then %.200v; want fhir.TooLarge and fhir.NotFound", notes, err, there)
		}
	}
}
