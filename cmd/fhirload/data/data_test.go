package data

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

type resource struct {
	ResourceType  string
	ID            string
	Identifier    []struct{ System, Value string }
	Subject       struct{ Reference string }
	ValueQuantity struct {
		Value json.Number
		Code  string
	}
	Name []struct{ Family string }
}

func TestEveryCodeMakesAWellFormedObservation(t *testing.T) {
	s := New(1, 1)
	for _, code := range codes {
		body, reading := s.Observation(nil, "", "i-1", "Patient/7", code)
		r := decode(t, body)
		if r.ResourceType != "Observation" || r.ID != "" || r.Subject.Reference != "Patient/7" || reading.Code != code.LOINC {
			t.Errorf("%s: %+v", code.LOINC, r)
		}
		value, err := r.ValueQuantity.Value.Float64()
		if err != nil || value <= float64(code.low) || value > float64(code.high) {
			t.Errorf("%s: value %s outside (%d, %d]", code.LOINC, r.ValueQuantity.Value, code.low, code.high)
		}
		if len(body) < 1000 || len(body) > 1700 {
			t.Errorf("%s: %d bytes, want 1,000 to 1,700 as real ones have", code.LOINC, len(body))
		}
		if bytes.ContainsRune(body, '$') {
			t.Errorf("%s: unfilled slot in %s", code.LOINC, body)
		}
	}
}

func TestPatientCarriesWhatItSays(t *testing.T) {
	body, person := New(1, 1).Patient(nil, "abc", "i-9")
	r := decode(t, body)
	if r.ID != "abc" || r.Identifier[0].Value != "i-9" || r.Identifier[0].System != PatientSystem {
		t.Errorf("got %+v", r)
	}
	if r.Name[0].Family != person.Family {
		t.Errorf("family %q in the body, %q told", r.Name[0].Family, person.Family)
	}
	if len(body) < 1000 || len(body) > 1700 {
		t.Errorf("%d bytes, want 1,000 to 1,700", len(body))
	}
}

func TestTransactionRefersToItsPatient(t *testing.T) {
	body, held := New(3, 0).Transaction()
	var bundle struct {
		Type  string
		Entry []struct {
			FullURL  string `json:"fullUrl"`
			Resource resource
			Request  struct{ Method, URL string }
		}
	}
	if err := json.Unmarshal(body, &bundle); err != nil {
		t.Fatal(err)
	}
	if bundle.Type != "transaction" || len(bundle.Entry) != BundleSize || len(held.Readings) != BundleSize-1 {
		t.Fatalf("%s of %d entries, %d readings", bundle.Type, len(bundle.Entry), len(held.Readings))
	}
	patient := bundle.Entry[0]
	seen := map[string]bool{}
	for i, e := range bundle.Entry {
		if seen[e.FullURL] || !strings.HasPrefix(e.FullURL, "urn:uuid:") {
			t.Errorf("entry %d: fullUrl %q", i, e.FullURL)
		}
		seen[e.FullURL] = true
		if e.Request.URL != e.Resource.ResourceType || e.Request.Method != "POST" {
			t.Errorf("entry %d: request %+v for a %s", i, e.Request, e.Resource.ResourceType)
		}
		if i > 0 && e.Resource.Subject.Reference != patient.FullURL {
			t.Errorf("entry %d is about %q, not %q", i, e.Resource.Subject.Reference, patient.FullURL)
		}
	}
}

func TestASeedGivesTheSameBytes(t *testing.T) {
	first, _ := New(5, 2).Transaction()
	again, _ := New(5, 2).Transaction()
	other, _ := New(5, 3).Transaction()
	if !bytes.Equal(first, again) {
		t.Error("the same seed and stream gave other bytes")
	}
	if bytes.Equal(first, other) {
		t.Error("two streams gave the same bytes")
	}
}

func decode(t *testing.T, body []byte) resource {
	t.Helper()
	var r resource
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, body)
	}
	return r
}

func BenchmarkObservation(b *testing.B) {
	s := New(1, 1)
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		s.Observation(buf[:0], "", "i-1", "Patient/7", codes[0])
	}
}
