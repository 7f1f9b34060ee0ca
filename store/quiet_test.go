package store_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

// TestPatchShowsWhatMayBeRead: who may change and not read gets nothing back of a patch but that it was made.
func TestPatchShowsWhatMayBeRead(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		for can, shown := range map[access.Interaction]bool{access.U: false, access.U | access.R: true} {
			out, err := k.as(access.Record("a", can)).Write(t.Context(), store.Change{Action: store.Patch,
				Key: fhir.Key{Type: "Observation", ID: "oa"}, Patch: []byte(`[{"op":"add","path":"/note","value":[{"text":"x"}]}]`)})
			if err != nil || (out.JSON != nil) != shown {
				t.Errorf("with %s: shown %v, want %v; %v", can, out.JSON != nil, shown, err)
			}
		}
	})
}

// TestCostTellsNoCount: how much would have to be read counts what is hidden, so only who sees everything is told.
func TestCostTellsNoCount(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Base: base, MaxCost: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := store.Open(b, r, store.Options{Base: base})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	k := &kit{Session: s.As(access.Everything("test"), store.Unobserved), t: t, r: r, store: s}
	surgery(k)
	k.do(k.put(`{"resourceType":"Practitioner","id":"dr2"}`))
	q := k.criteria("Practitioner?gender:missing=true")
	_, err = k.Search(t.Context(), q)
	fails(t, "too much for anyone", err, fhir.TooCostly)
	if !strings.Contains(err.Error(), "about 2") {
		t.Fatalf("the refusal doesn't tell how much: %v", err)
	}
	_, err = k.as(access.PatientRead("a")).Search(t.Context(), q)
	fails(t, "too much for a patient", err, fhir.TooCostly)
	if strings.Contains(err.Error(), "about") {
		t.Errorf("a patient is told how much there is: %v", err)
	}
}

// D6: who may change and not read is told the same of whatever is wrong, and can't ask by a patch what is there.
func TestD6_WhoCantReadIsToldNothingOfWhatIsThere(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		blind := k.as(access.Record("a", access.U))
		var told []string
		for _, patch := range []string{
			`[{"op":"copy","from":"/code/coding/0/code","path":"/status"}]`, `[{"op":"test","path":"/status","value":"final"}]`,
			`[{"op":"te\u0073t","path":"/status","value":"final"}]`, `[{"op":"move","from":"/code/text","path":"/status"}]`,
			`[{"op":"remove","path":"/never"}]`, `[{"op":"add","path":"/status","value":"never"}]`, `[{"op":"remove","path":"/status"}]`,
		} {
			_, err := blind.Write(t.Context(), store.Change{Action: store.Patch, Key: fhir.Key{Type: "Observation", ID: "oa"}, Patch: []byte(patch)})
			fails(t, patch, err, fhir.Unprocessable)
			told = append(told, err.Error())
		}
		if slices.Sort(told); len(slices.Compact(told)) != 1 {
			t.Errorf("it is told: %q", told)
		}
	})
}
