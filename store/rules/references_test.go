package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/rules"
)

const base = "http://frontdesk.example/fhir"

func TestReferences(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	backend := memory.Open(r)
	all := store.Open(backend, r, store.Options{Base: base, Rules: []store.Rule{rules.References{Base: base}}})
	s := all.As(access.Everything("test"), store.Unobserved)
	put := func(id, json string) store.Change {
		res, err := codec.Decode([]byte(json), codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: id}, Resource: res, At: "Bundle.entry[0]"}
	}
	patient := put("p", `{"resourceType":"Patient","id":"p"}`)
	result := func(id, to string) store.Change {
		return put(id, fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"text":"x"},"contained":[{"resourceType":"Patient","id":"c"}],"subject":{"reference":%q},"focus":[{"reference":"#c"}]}`, id, to))
	}
	missing := func(what string, cs ...store.Change) {
		t.Helper()
		_, err := s.Transact(t.Context(), cs)
		var e *fhir.Error
		if !errors.As(err, &e) || e.Kind != fhir.Unprocessable || len(e.Issues) != 1 || e.Issues[0].Coding != "REFERENCE_NOT_FOUND" ||
			e.Issues[0].Expression != "Bundle.entry[0].resource.subject.reference" {
			t.Errorf("%s: got %#v", what, err)
		}
	}
	allowed := func(what string, cs ...store.Change) {
		t.Helper()
		if _, err := s.Transact(t.Context(), cs); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	missing("a target that never was", result("o", "Patient/p"))
	missing("by its absolute address", result("o", base+"/Patient/p"))
	allowed("another server's", result("o", "https://elsewhere.example/Patient/p"))
	allowed("in the same commit", result("o", "Patient/p"), patient)
	allowed("already there", result("o2", base+"/Patient/p"))
	allowed("a version of it", result("o2", "Patient/p/_history/1"))
	missing("a version that never was", result("o2", "Patient/p/_history/2"))
	missing("a version that this doesn't make", result("o2", "Patient/p/_history/3"), put("p",
		`{"resourceType":"Patient","id":"p","active":true}`))
	missing("deleted in the same commit", result("o3", "Patient/p"), store.Change{Action: store.Delete, Key: patient.Key})
	enforced := all
	all = store.Open(backend, r, store.Options{Base: base}) // without the rule, as it was before it was switched on
	s = all.As(access.Everything("test"), store.Unobserved)
	allowed("deletion", store.Change{Action: store.Delete, Key: patient.Key})
	all = enforced
	s = all.As(access.Everything("test"), store.Unobserved)
	missing("deleted before", result("o4", "Patient/p"))
	allowed("what it had before", result("o2", base+"/Patient/p"))
	allowed("somebody else", put("q", `{"resourceType":"Patient","id":"q"}`))
	s = all.As(access.Record("p", access.C|access.R|access.U|access.D|access.S), store.Unobserved)
	create := func(more string) store.Change {
		c := put("", `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+more+`"}}`)
		c.Action = store.Create
		return c
	}
	missing("one's own record, deleted", create("Patient/p"))
	if _, err := all.As(access.Everything("test"), store.Unobserved).Write(t.Context(), patient); err != nil {
		t.Fatal(err)
	}
	allowed("one's own", create(`Patient/p"},"encounter":{"display":"at home`))
	_, hidden := s.Write(t.Context(), create(`Patient/p"},"focus":[{"reference":"Patient/q"}],"encounter":{"display":"none`))
	_, absent := s.Write(t.Context(), create(`Patient/p"},"focus":[{"reference":"Patient/z"}],"encounter":{"display":"none`))
	if hidden == nil || absent == nil || strings.ReplaceAll(hidden.Error(), "Patient/q", "Patient/z") != absent.Error() {
		t.Errorf("what is hidden is told from what isn't there: %v, and %v", hidden, absent)
	}
	if _, err := s.Read(t.Context(), fhir.Key{Type: "Observation", ID: "o3"}); !strings.Contains(fmt.Sprint(err), "no Observation/o3") {
		t.Errorf("a refused one is stored: %v", err)
	}
}

// TestB22_WhatIsReferredToStays: it is a 409 that names what refers to it, to who can read that, until nothing does.
func TestB22_WhatIsReferredToStays(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := store.Open(memory.Open(r), r, store.Options{Base: base, Rules: []store.Rule{rules.References{Base: base}}})
	system := all.As(access.Everything("test"), store.Unobserved)
	put := func(json string) store.Change {
		res, err := codec.Decode([]byte(json), codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res}
	}
	del := func(typ, id string) store.Change {
		return store.Change{Action: store.Delete, Key: fhir.Key{Type: typ, ID: id}}
	}
	do := func(s *store.Session, what, want string, cs ...store.Change) {
		t.Helper()
		_, err := s.Transact(t.Context(), cs)
		if want == "" && err != nil || want != "" && (fhir.KindOf(err) != fhir.Conflict ||
			!strings.Contains(fmt.Sprint(err), want)) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	visit := `{"resourceType":"Encounter","id":"v","status":"finished","class":{"code":"AMB"},
		"subject":{"reference":"Patient/p"}}`
	result := `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},
		"subject":{"reference":"Patient/p"},"encounter":{"reference":"Encounter/v"}}`
	private := `{"resourceType":"Task","id":"t","status":"draft","intent":"plan","focus":{"reference":"Observation/o"}}`
	do(system, "all of "+
		"it", "",
		put(`{"resourceType":"Patient","id":"p","link":[{"type":"seealso","other":{"reference":"Patient/p"}}]}`),
		put(visit), put(result), put(private))
	do(system, "a visit with a result", "Observation/o refers to Encounter/v", del("Encounter", "v"))
	do(system, "a patient with a record", " refers to Patient/p", del("Patient", "p"))
	own := all.As(access.Record("p", access.C|access.R|access.U|access.D|access.S), store.Unobserved)
	do(own, "what one sees", "Observation/o refers to Encounter/v", del("Encounter", "v"))
	do(own, "what one doesn't see", "something refers to it that you can't see", del("Observation", "o"))
	if _, err := own.Transact(t.Context(), []store.Change{del("Observation", "o")}); strings.Contains(fmt.Sprint(err),
		"Task") {
		t.Errorf("what is hidden is named: %v", err)
	}
	do(system, "together with what refers to it", "", del("Encounter", "v"), put(strings.Replace(result, "Encounter/v",
		"Encounter/w", 1)),
		put(strings.Replace(visit, `"v"`, `"w"`, 1)))
	do(system, "in the same commit as a new reference", "", put(strings.Replace(visit, `"v"`, `"x"`, 1)), del("Task",
		"t"))
	do(system, "to which nothing refers any more", "", del("Observation", "o"))
	do(system, "with all that refers to it", "", del("Patient", "p"), del("Encounter", "w"), del("Encounter", "x"))
}
