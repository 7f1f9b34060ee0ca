package subset_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/subset"
)

const mark = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

const observation = `{"resourceType":"Observation","id":"o","meta":{"versionId":"1"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x {\"}</div>"},` +
	`"contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Device","id":"d"}],` +
	`"status":"final","_status":{"id":"s"},"code":{"text":"c"},"subject":{"reference":"#p"},"device":{"reference":"#d"},` +
	`"valueQuantity":{"value":1.10},"note":[{"text":"n"}]}`

func typeOf(t testing.TB, name string) *spec.Type {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	typ, ok := r.Type(name)
	if !ok {
		t.Fatalf("no type %s", name)
	}
	return typ
}

func TestOf(t *testing.T) {
	const head = `{"resourceType":"Observation","id":"o","meta":{"versionId":"1","tag":[` + mark + `]},`
	const narrative = `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x {\"}</div>"},`
	for _, c := range []struct {
		name     string
		summary  search.Summary
		elements []string
		want     string
	}{
		{"summary", search.SummaryTrue, nil, head + `"status":"final","_status":{"id":"s"},"code":{"text":"c"},"subject":{"reference":"#p"},` +
			`"valueQuantity":{"value":1.10},"contained":[{"resourceType":"Patient","id":"p"}]}`},
		{"text", search.SummaryText, nil, head + narrative + `"status":"final","_status":{"id":"s"},"code":{"text":"c"}}`},
		{"data", search.SummaryData, nil, head + `"contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Device","id":"d"}],` +
			`"status":"final","_status":{"id":"s"},"code":{"text":"c"},"subject":{"reference":"#p"},"device":{"reference":"#d"},` +
			`"valueQuantity":{"value":1.10},"note":[{"text":"n"}]}`},
		{"elements", search.SummaryFalse, []string{"note"}, head + `"status":"final","_status":{"id":"s"},"code":{"text":"c"},"note":[{"text":"n"}]}`},
		{"a choice", search.SummaryFalse, []string{"value"}, head + `"status":"final","_status":{"id":"s"},"code":{"text":"c"},"valueQuantity":{"value":1.10}}`},
		{"a choice by its type", search.SummaryFalse, []string{"valueQuantity"}, head + `"status":"final","_status":{"id":"s"},"code":{"text":"c"},"valueQuantity":{"value":1.10}}`},
		{"both", search.SummaryTrue, []string{"note", "subject"}, head + `"status":"final","_status":{"id":"s"},"code":{"text":"c"},"subject":{"reference":"#p"},"contained":[{"resourceType":"Patient","id":"p"}]}`},
		{"neither", search.SummaryFalse, nil, observation},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := subset.Of([]byte(observation), typeOf(t, "Observation"), c.summary, c.elements)
			if err != nil || string(got) != c.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
			}
		})
	}
}

func TestTag(t *testing.T) {
	for _, c := range []struct{ meta, want string }{
		{``, `,"meta":{"tag":[` + mark + `]}`},
		{`,"meta":{"profile":["p"]}`, `,"meta":{"profile":["p"],"tag":[` + mark + `]}`},
		{`,"meta":{"tag":[{"code":"x"}],"profile":["p"]}`, `,"meta":{"tag":[{"code":"x"},` + mark + `],"profile":["p"]}`},
		{`,"meta":{"tag":[` + mark + `]}`, `,"meta":{"tag":[` + mark + `]}`},
		// Another system's code of that name is not the mark.
		{`,"meta":{"tag":[{"system":"s","code":"SUBSETTED"}]}`, `,"meta":{"tag":[{"system":"s","code":"SUBSETTED"},` + mark + `]}`},
	} {
		got, err := subset.Of([]byte(`{"resourceType":"Patient"`+c.meta+`}`), typeOf(t, "Patient"), search.SummaryTrue, nil)
		if want := `{"resourceType":"Patient"` + c.want + `}`; err != nil || string(got) != want {
			t.Errorf("of meta %s\ngot  %s, %v\nwant %s", c.meta, got, err, want)
		}
	}
}

// A part of an element is kept where R4 marks only a part of it as summary, and what is empty then goes.
func TestNested(t *testing.T) {
	const in = `{"resourceType":"Appointment","id":"a","status":"booked","participant":[{"actor":{"reference":"Patient/1"},"period":{"start":"2026"},"status":"accepted"},{"period":{"start":"2026"}}]}`
	const want = `{"resourceType":"Appointment","id":"a","status":"booked","participant":[{"actor":{"reference":"Patient/1"},"status":"accepted"}],"meta":{"tag":[` + mark + `]}}`
	got, err := subset.Of([]byte(in), typeOf(t, "Appointment"), search.SummaryTrue, nil)
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestCountIsNoSubset(t *testing.T) {
	if got, err := subset.Of([]byte(observation), typeOf(t, "Observation"), search.SummaryCount, nil); err == nil {
		t.Errorf("got %s, want an error", got)
	}
}

// examples are the project's own resources, as they are stored.
func examples(t testing.TB) map[string]*struct{ typ, json string } {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/r4/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples in testdata/r4: %v", err)
	}
	out := map[string]*struct{ typ, json string }{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := codec.Decode(b, codec.Limits{Conditional: true})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out[filepath.Base(path)] = &struct{ typ, json string }{r.Type, string(r.JSON)}
	}
	return out
}

// A summary is a resource still: whoever reads it with a validating parser must get through. Only an invariant may be
// broken, for R4's own summary of a Consent, say, leaves out the policy that ppc-1 asks for.
func TestSummaryDecodes(t *testing.T) {
	for name, e := range examples(t) {
		for _, s := range []search.Summary{search.SummaryTrue, search.SummaryData} {
			got, err := subset.Of([]byte(e.json), typeOf(t, e.typ), s, nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			var faults *fhir.Error
			if _, err := codec.Decode(got, codec.Limits{Conditional: true}); errors.As(err, &faults) {
				for _, is := range faults.Issues {
					if is.Code != "invariant" || strings.Contains(is.Text, "#") {
						t.Errorf("%s as summary %d: %s: %s\n%s", name, s, is.Expression, is.Text, got)
					}
				}
			}
		}
	}
}

func FuzzOf(f *testing.F) {
	registry, err := spec.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range examples(f) {
		f.Add([]byte(e.json), uint8(1), "name")
	}
	f.Add([]byte(observation), uint8(0), "value")
	f.Add([]byte(`{"a":[{"b`), uint8(2), "")
	f.Fuzz(func(t *testing.T, json []byte, summary uint8, element string) {
		whole := jsontext.Value(bytes.Clone(json))
		valid := whole.Compact() == nil && whole.Kind() == '{'
		var elements []string
		if element != "" {
			elements = []string{element}
		}
		for _, name := range []string{"Observation", "Appointment"} {
			typ, _ := registry.Type(name)
			_, _ = subset.Of(json, typ, search.Summary(summary%4), elements) // must not panic, whatever it is
			if !valid {
				continue
			}
			got, err := subset.Of(whole, typ, search.Summary(summary%4), elements)
			if err != nil {
				t.Fatalf("of valid JSON: %v\n%s", err, whole)
			}
			if !jsontext.Value(got).IsValid(jsontext.AllowDuplicateNames(true)) {
				t.Fatalf("of %s\ncame %s", whole, got)
			}
		}
	})
}

func BenchmarkOf(b *testing.B) {
	all := examples(b)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for n := range all {
			if !yield(n) {
				return
			}
		}
	}) {
		e := all[name]
		typ := typeOf(b, e.typ)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(e.json)))
			b.ReportAllocs()
			json := []byte(e.json)
			for b.Loop() {
				if _, err := subset.Of(json, typ, search.SummaryTrue, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
