package search

import "testing"

// FuzzParse: no query makes it panic, and what it says it understood means the same when it is read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"code=a|b&date=ge2020", "subject:Patient.name=a", "_has:Observation:patient:code=x", `value-quantity=5.4||mg,ap3`,
		"_sort=-date,code&_count=3&_include=Observation:*", "code-value-quantity=a$1", "subject=https://gp.example/fhir/Patient/1", "_cursor=AQID"} {
		f.Add("Observation", seed)
	}
	f.Add("Patient", "identifier:of-type=a|b|c&birthdate=eb2020-01-01T10:00:00.5-05:00&family:exact=%41")
	f.Fuzz(func(t *testing.T, typ, query string) {
		s, err := Parse(registry(t), []string{typ}, query, options)
		if err != nil {
			return
		}
		again, err := Parse(registry(t), []string{typ}, s.Self, options)
		if err != nil {
			t.Fatalf("%q was accepted, its self link %q not: %v", query, s.Self, err)
		}
		if a, b := s.From[0].String(), again.From[0].String(); a != b {
			t.Fatalf("%q is %s, its self link %q is %s", query, a, s.Self, b)
		}
		s.After = nil
		if a, b := describe(s), describe(again); a != b {
			t.Fatalf("%q is %s, its self link %q is %s", query, a, s.Self, b)
		}
	})
}

// FuzzCursor: a cursor that is taken is the one that was made.
func FuzzCursor(f *testing.F) {
	f.Add("bgID")
	f.Add("A\nQID")
	f.Fuzz(func(t *testing.T, cursor string) {
		if p, err := PlaceOf(cursor); err == nil && p.Cursor() != cursor {
			t.Fatalf("%q was taken for %q", cursor, p.Cursor())
		}
	})
}

func BenchmarkParse(b *testing.B) {
	r := registry(b)
	for b.Loop() {
		if _, err := Parse(r, []string{"Observation"}, "patient=123&code=http://loinc.org|1234-5&date=ge2024-01-01&_count=50", options); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndexObservation(b *testing.B) {
	typ, _ := registry(b).Type("Observation")
	m := observationMessage(b)
	b.ReportAllocs()
	for b.Loop() {
		if len(Index(typ, m, "")) == 0 {
			b.Fatal("no entries")
		}
	}
}
