package store_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// BenchmarkAccess is the same search by a system caller, by a patient and by staff: the ratio is what access control costs.
func BenchmarkAccess(b *testing.B) {
	r, err := spec.Load()
	if err != nil {
		b.Fatal(err)
	}
	s := store.Open(backends["sqlite"](b, r), r, store.Options{Base: base})
	b.Cleanup(func() { s.Close() })
	k := &kit{Session: s.As(access.Everything("bench")), t: b, r: r, store: s}
	organization := ""
	for json, err := range practice.Generate(practice.Options{Seed: 1, Patients: 200, Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}) {
		if err != nil {
			b.Fatal(err)
		}
		bundle, err := codec.DecodeBundle(json, codec.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		changes := make([]store.Change, len(bundle.Entries))
		for i, e := range bundle.Entries {
			if e.Resource.Type == "Organization" && organization == "" {
				organization = e.Resource.ID
			}
			changes[i] = store.Change{Action: store.Update, Key: fhir.Key{Type: e.Resource.Type, ID: e.Resource.ID}, Resource: e.Resource}
		}
		k.do(changes...)
	}
	id := practice.ReadyPatient
	for _, caller := range []struct {
		name string
		access.Caller
	}{
		{"patient", access.Caller{Identity: access.Identity{Person: "Patient/" + id, Patient: id}, Patients: []string{id}, Scopes: granted(b, r, "patient/*.rs")}},
		{"granular", access.Caller{Identity: access.Identity{Person: "Patient/" + id, Patient: id}, Patients: []string{id}, Scopes: granted(b, r, "patient/Observation.rs?category=laboratory patient/Patient.r patient/Slot.rs")}},
		{"staff", access.Caller{Identity: access.Identity{Person: "Practitioner/1"}, Organizations: []string{organization}, Scopes: granted(b, r, "user/*.rs")}},
		{"system", access.Caller{Identity: access.Identity{Client: "ehr"}, Scopes: granted(b, r, "system/*.rs")}},
	} {
		caller.Registry = r
		session := s.As(caller.Grant())
		for _, url := range []string{
			"Observation?patient=" + id + "&category=laboratory&_sort=-date&_count=20",
			"Observation?patient=" + id + "&_sort=-date&_count=20",
			"Observation?category=laboratory&_sort=-date&_count=20",
			"Slot?status=free&_count=20",
		} {
			b.Run(fmt.Sprintf("%s/%s", caller.name, url), func(b *testing.B) {
				typ, query, _ := bytes.Cut([]byte(url), []byte("?"))
				q, err := search.Parse(r, []string{string(typ)}, string(query), search.Options{Base: base})
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if page, err := session.Search(b.Context(), q); err != nil || len(page.Items) == 0 {
						b.Fatal(page, err)
					}
				}
			})
		}
	}
}

func granted(t testing.TB, r *spec.Registry, text string) access.Scopes {
	t.Helper()
	s, err := access.ParseScopes(r, text, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
