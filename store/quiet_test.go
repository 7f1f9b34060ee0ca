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

// D6: who may change and not read is told the same of whatever is wrong, can't patch, and doesn't learn by a write
// whether it changes anything.
func TestD6_WhoCantReadIsToldNothingOfWhatIsThere(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		blind, key := k.as(access.Record("a", access.U)), fhir.Key{Type: "Observation", ID: "oa"}
		operation := func(typ, path, value string) string {
			return `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type",` +
				`"valueCode":"` + typ + `"},` +
				`{"name":"path","valueString":"` + path + `"}` + value + `]}]}`
		}
		var told []string
		for _, patch := range []string{
			`[{"op":"copy","from":"/code/coding/0/code","path":"/status"}]`, `[{"op":"test","path":"/status","value":"final"}]`,
			`[{"op":"te\u0073t","path":"/status","value":"final"}]`, `[{"op":"move","from":"/code/text","path":"/status"}]`,
			`[{"op":"remove","path":"/never"}]`, `[{"op":"add","path":"/status","value":"never"}]`, `[{"op":"remove","path":"/status"}]`,
			`[{"op":"remove","path":"/code"}]`, `[{"op":"replace","path":"/status","value":"final"}]`, `[]`,
			`[{"op":"add","path":"/note","value":[{"text":"x"}]}]`,
			operation("replace", "Observation.where(status = 'final').status",
				`,{"name":"value","valueCode":"amended"}`),
			operation("replace", "Observation.where(status = 'amended').status",
				`,{"name":"value","valueCode":"amended"}`),
			operation("delete", "Observation.method", ""), operation("delete", "Observation.subject", ""),
			operation("insert", "Observation.note",
				`,{"name":"index","valueInteger":3},{"name":"value","valueAnnotation":{"text":"x"}}`),
		} {
			_, err := blind.Write(t.Context(), store.Change{Action: store.Patch, Key: key, Patch: []byte(patch)})
			fails(t, patch, err, fhir.Unprocessable)
			told = append(told, err.Error())
		}
		if slices.Sort(told); len(slices.Compact(told)) != 1 {
			t.Errorf("it is told: %q", told)
		}
		for _, text := range []string{
			resultJSON("oa", "a", "other"), resultJSON("oa", "a", "other"), resultJSON("oa", "a", "new"),
		} {
			before, err := k.Read(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			out, err := blind.Write(t.Context(), k.put(text))
			if err != nil {
				t.Fatal(err)
			}
			if out.Unchanged || out.Key.Version != before.Key.Version+1 {
				t.Errorf("a write tells whether it changes anything: %s, %v", out.Key, out.Unchanged)
			}
		}
		out, err := k.as(access.Record("a", access.U|access.R)).Write(t.Context(),
			store.Change{Action: store.Patch, Key: key,
				Patch: []byte(`[{"op":"add","path":"/note","value":[{"text":"x"}]}]`)})
		if err != nil || out.JSON == nil {
			t.Errorf("who may read it too: %v", err)
		}
	})
}
