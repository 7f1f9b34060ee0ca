package mongo_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
	"frontdesk/store/mongo/opentest"
)

// TestASearchThatReadsTooMuchIsRefusedWithAdvice: candidates are counted, and what an index gives isn't in the way.
func TestASearchThatReadsTooMuchIsRefusedWithAdvice(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	var ws []store.Write
	for i := range 20 {
		id := fmt.Sprint("p", i)
		ws = append(ws, k.patient(id, 1, "Ash"), k.result("o"+id, id))
	}
	k.apply(ws...)
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := mongo.Open(t.Context(), k.uri, r, mongo.Options{Base: base, MaxCost: 10, Inner: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for query, advice := range map[string]string{
		"Patient?family:contains=sh&_count=50":             "identifier=[system]|[value]",
		"Patient?family:contains=nowhere&_count=1":         "identifier=[system]|[value]",
		"Observation?subject:Patient.family=ash&_count=50": "date=ge[day]",
		"Patient?_has:Observation:subject:code=hb":         "identifier=[system]|[value]",
	} {
		typ, rest, _ := strings.Cut(query, "?")
		page, err := b.Find(t.Context(), k.query(typ, rest))
		if err == nil || fhir.KindOf(err) != fhir.TooCostly || !strings.Contains(err.Error(), advice) {
			t.Errorf("%s: %v, %v; want fhir.TooCostly that advises %s", query, page, err, advice)
		}
	}
	if page, err := b.Find(t.Context(), k.query("Patient", "identifier=urn:n|p3")); err != nil || len(page.Items) != 1 {
		t.Errorf("by identifier: %v, %v", page, err)
	}
}

// TestExplainTellsHow: whether the filter decides, or candidates are looked at.
func TestExplainTellsHow(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := opentest.Open(t, r, mongo.Options{Base: base, Inner: 1})
	defer b.Close()
	k := &kit{TB: t, r: r, b: b}
	k.apply(k.patient("p", 1, "Ash"), k.patient("q", 1, "Ash"))
	for query, want := range map[string]string{
		"Patient?family=ash":                     "by one find",
		"Patient?family:contains=sh":             "looked at again",
		"Observation?subject:Patient.family=ash": "where chains lead",
		"Patient?_id:not=p&_filter=_id eq p":     "by one find",
	} {
		typ, rest, _ := strings.Cut(query, "?")
		lines, err := b.Explain(t.Context(), k.query(typ, strings.ReplaceAll(rest, " ", "%20")))
		if err != nil || len(lines) != 1 || !strings.Contains(lines[0], want) {
			t.Errorf("%s: %q, %v; want %q", query, lines, err, want)
		}
	}
}
