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

// BenchmarkAccess is the same search by a system caller, by a patient and by staff: the ratio is what access control
// costs.
func BenchmarkAccess(b *testing.B) {
	r, err := spec.Load()
	if err != nil {
		b.Fatal(err)
	}
	s := store.Open(backends["sqlite"](b, r), r, store.Options{Base: base})
	b.Cleanup(func() { s.Close() })
	k := &kit{Session: s.As(access.Everything("bench"), store.Unobserved), t: b, r: r, store: s}
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
	mark(b, k, id)
	// Everything that a practice can switch is on: a section is closed, there is a first day, some is hidden and some
	// not released yet.
	view := access.View{From: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Levels: map[string]access.Level{
		"appointments": access.Manage, "prescriptions": access.Manage, "results": access.CanView, "problems": access.CanView, "measurements": access.CanView, "consultations": access.CanView, "messages": access.None}}
	patient := access.Identity{Person: "Patient/" + id, Patient: id}
	system := access.Caller{Identity: access.Identity{Client: "ehr"}, Scopes: granted(b, r, "system/*.rs"), Registry: r}
	for _, caller := range []struct {
		name string
		access.Caller
	}{
		{"patient", access.Caller{Identity: patient, Patients: []string{id}, Scopes: granted(b, r, "patient/*.rs")}},
		{"online", access.Caller{Identity: patient, Patients: []string{id}, Views: map[string]access.View{id: view}, Scopes: granted(b, r, "patient/*.rs")}},
		{"granular", access.Caller{Identity: patient, Patients: []string{id}, Scopes: granted(b, r, "patient/Observation.rs?category=laboratory patient/Patient.r patient/MedicationRequest.rs?status=active patient/Condition.rs")}},
		{"staff", access.Caller{Identity: access.Identity{Person: "Practitioner/1"}, Organizations: []string{organization}, Scopes: granted(b, r, "user/*.rs")}},
	} {
		caller.Registry = r
		for _, url := range []string{
			"Observation?patient=" + id + "&category=laboratory&_sort=-date&_count=20",
			"Observation?patient=" + id + "&_sort=-date&_count=20",
			"Observation?category=laboratory&_sort=-date&_count=20",
			"MedicationRequest?patient=" + id + "&_sort=-authoredon&_count=20",
			"Condition?patient=" + id + "&_count=20",
		} {
			b.Run(fmt.Sprintf("%s/%s", caller.name, url), func(b *testing.B) { k.inTurns(b, url, system, caller.Caller) })
		}
	}
}

// mark hides a few entries of a patient's record, and has others wait for their release.
func mark(b *testing.B, k *kit, patient string) {
	_, page := k.search("Observation?patient=" + patient + "&_count=100")
	for i, it := range page.Items {
		err := k.Mark(b.Context(), it.Key.Current(), func(f fhir.Facts) fhir.Facts {
			if f.Hidden = i%10 == 3; i%10 == 7 {
				f.Release = time.Now().Add(24 * time.Hour)
			}
			return f
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// inTurns searches as a system and as a caller, one after the other, with all that a server does for the answer. ratio
// is what the second costs of what the first does, and ns/op is both.
func (k *kit) inTurns(b *testing.B, url string, callers ...access.Caller) {
	typ, query, _ := bytes.Cut([]byte(url), []byte("?"))
	took := make([]time.Duration, len(callers))
	for b.Loop() {
		for i, c := range callers {
			began := time.Now()
			c.Now = began
			session := k.store.As(c.Grant(), store.Unobserved)
			q, err := search.Parse(k.r, []string{string(typ)}, string(query), search.Options{Base: base})
			if err != nil {
				b.Fatal(err)
			}
			page, err := session.Search(b.Context(), q)
			if err != nil || len(page.Items) == 0 {
				b.Fatal(page, err)
			}
			took[i] += time.Since(began)
		}
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
	b.ReportMetric(float64(took[0].Microseconds())/float64(b.N), "system-us/op")
}

func granted(t testing.TB, r *spec.Registry, text string) access.Scopes {
	t.Helper()
	s, err := access.ParseScopes(r, text, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
