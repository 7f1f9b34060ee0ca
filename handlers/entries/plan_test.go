package entries_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/entries"
	"frontdesk/store"
)

const base = "https://gp.example/fhir"

const (
	patient     = `{"resourceType":"Patient","active":true}`
	patientOne  = `{"resourceType":"Patient","id":"1","active":true}`
	observation = `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`
)

// plan decodes a Bundle of entries, each given as resource and request, and plans it.
func plan(t *testing.T, bundle string) (*entries.Plan, error) {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := codec.DecodeBundle([]byte(bundle), codec.Limits{Conditional: true})
	if err != nil {
		t.Fatal(err)
	}
	return entries.PlanBundle(r, b, search.Options{Base: base})
}

func bundle(typ string, es ...string) string {
	return `{"resourceType":"Bundle","type":"` + typ + `","entry":[` + strings.Join(es, ",") + `]}`
}

// entry writes an entry; more are further members of request.
func entry(resource, method, url string, more ...string) string {
	if resource != "" {
		resource = `"resource":` + resource + `,`
	}
	more = append([]string{fmt.Sprintf(`"method":%q,"url":%q`, method, url)}, more...)
	return `{` + resource + `"request":{` + strings.Join(more, ",") + `}}`
}

func patch(contentType, document string) string {
	return fmt.Sprintf(`{"resourceType":"Binary","contentType":%q,"data":%q}`, contentType, base64.StdEncoding.EncodeToString([]byte(document)))
}

func TestPlan(t *testing.T) {
	const document = `[{"op":"remove","path":"/active"}]`
	p, err := plan(t, bundle("transaction",
		entry("", "GET", "Patient?name=x"),
		entry(patient, "POST", "Patient", `"ifNoneExist":"identifier=a|b"`),
		entry(patientOne, "PUT", base+"/Patient/1", `"ifMatch":"W/\"3\""`),
		entry(patient, "PUT", "Patient?identifier=a|c"),
		entry("", "DELETE", "/Patient/2"),
		entry("", "DELETE", "Patient?identifier=a|d"),
		entry(patch("application/json-patch+json", document), "PATCH", "Patient/3"),
		entry(strings.Replace(patientOne, `"1"`, `"4"`, 1), "PUT", "Patient/4", `"ifNoneMatch":"*"`),
		entry("", "HEAD", "Patient/1"),
	))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Reads, []int{0, 8}) || !slices.Equal(p.Entry, []int{1, 2, 3, 4, 5, 6, 7}) {
		t.Fatalf("reads %v, changes of entries %v", p.Reads, p.Entry)
	}
	key := func(id string) fhir.Key { return fhir.Key{Type: "Patient", ID: id} }
	for i, want := range []struct {
		action     store.Action
		key        fhir.Key
		match      bool
		ifMatch    []int64
		ifNone     bool
		patch      string
		noResource bool
	}{
		{action: store.Create, key: key(""), match: true},
		{action: store.Update, key: key("1"), ifMatch: []int64{3}},
		{action: store.Update, key: key(""), match: true},
		{action: store.Delete, key: key("2"), noResource: true},
		{action: store.Delete, key: key(""), match: true, noResource: true},
		{action: store.Patch, key: key("3"), patch: document, noResource: true},
		{action: store.Update, key: key("4"), ifNone: true},
	} {
		got := p.Changes[i]
		if got.Action != want.action || got.Key != want.key || (got.Match != nil) != want.match || !slices.Equal(got.IfMatch, want.ifMatch) ||
			got.IfNone != want.ifNone || string(got.Patch) != want.patch || (got.Resource == nil) != want.noResource {
			t.Errorf("change %d is %+v, want %+v", i, got, want)
		}
		if at := fmt.Sprintf("Bundle.entry[%d]", p.Entry[i]); got.At != at {
			t.Errorf("change %d stands at %q, want %q", i, got.At, at)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, entry, at string }{
		{"unknown type", entry(patient, "POST", "Patients"), "request.url"},
		{"another type", entry(observation, "POST", "Patient"), "resource"},
		{"no resource", entry("", "POST", "Patient"), "resource"},
		{"a resource too many", entry(patient, "DELETE", "Patient/1"), "resource"},
		{"a resource to read", entry(patient, "GET", "Patient/1"), "resource"},
		{"POST with id", entry(patient, "POST", "Patient/1"), "request.url"},
		{"POST with criteria in the url", entry(patient, "POST", "Patient?identifier=a"), "request.url"},
		{"POST of a search", entry(patient, "POST", "Patient/_search"), "request.url"},
		{"POST to the base", entry(patient, "POST", base), "request.url"},
		{"operation", entry(patient, "POST", "Patient/$match"), "request.url"},
		{"PUT without an id", entry(patientOne, "PUT", "Patient"), "request.url"},
		{"PUT of another id", entry(patientOne, "PUT", "Patient/2"), "resource.id"},
		{"PUT without an id in the body", entry(patient, "PUT", "Patient/2"), "resource.id"},
		{"PUT with a bad id", entry(patientOne, "PUT", "Patient/a_b"), "request.url"},
		{"PUT of a version", entry(patientOne, "PUT", "Patient/1/_history/2"), "request.url"},
		{"id and criteria", entry(patientOne, "PUT", "Patient/1?identifier=x"), "request.url"},
		{"another server", entry(patientOne, "PUT", "https://other.example/fhir/Patient/1"), "request.url"},
		{"a server whose name begins like ours", entry(patientOne, "PUT", base+"x/Patient/1"), "request.url"},
		{"fragment", entry(patientOne, "PUT", "Patient/1#x"), "request.url"},
		{"empty criteria", entry("", "DELETE", "Patient?"), "request.url"},
		{"unknown parameter", entry("", "DELETE", "Patient?colour=red"), "request.url"},
		{"unknown parameter of a create", entry(patient, "POST", "Patient", `"ifNoneExist":"colour=red"`), "request.ifNoneExist"},
		{"ifNoneExist of a PUT", entry(patientOne, "PUT", "Patient/1", `"ifNoneExist":"identifier=a"`), "request.ifNoneExist"},
		{"ifMatch of a POST", entry(patient, "POST", "Patient", `"ifMatch":"W/\"1\""`), "request.ifMatch"},
		{"malformed ifMatch", entry(patientOne, "PUT", "Patient/1", `"ifMatch":"3"`), "request.ifMatch"},
		{"ifNoneMatch of a version", entry(patientOne, "PUT", "Patient/1", `"ifNoneMatch":"W/\"1\""`), "request.ifNoneMatch"},
		{"ifModifiedSince of a PUT", entry(patientOne, "PUT", "Patient/1", `"ifModifiedSince":"2026-01-01T00:00:00Z"`), "request.ifModifiedSince"},
		{"patch that is none", entry(patientOne, "PATCH", "Patient/1"), "resource"},
		{"patch of another kind", entry(patch("text/plain", "[]"), "PATCH", "Patient/1"), "resource.contentType"},
		{"patch without data", entry(`{"resourceType":"Binary","contentType":"application/json-patch+json"}`, "PATCH", "Patient/1"), "resource.data"},
		{"invalid resource", entry(strings.Replace(observation, "final", "FINAL", 1), "POST", "Observation"), "resource.status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := plan(t, bundle("transaction", entry("", "GET", "Patient/1"), entry("", "DELETE", "Patient/9"), c.entry))
			var e *fhir.Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %v", err)
			}
			if at := "Bundle.entry[2]." + c.at; len(e.Issues) != 1 || e.Issues[0].Expression != at || e.Issues[0].Text == "" {
				t.Errorf("faults are %+v, want one at %s", e.Issues, at)
			}
			if e.Kind != fhir.Invalid && e.Kind != fhir.NotSupported {
				t.Errorf("kind is %v", e.Kind)
			}
			if len(p.Changes) != 1 || len(p.Reads) != 1 {
				t.Errorf("plan has %d changes and %d reads; want the one good one of each", len(p.Changes), len(p.Reads))
			}
		})
	}
}

// A client repairs a Bundle in one go only if it's told everything at once.
func TestFaultsOfAllEntries(t *testing.T) {
	_, err := plan(t, bundle("transaction",
		entry(patient, "POST", "Nowhere"),
		entry(patient, "POST", "Patient"),
		entry(patientOne, "PUT", "Patient/2", `"ifMatch":"x"`),
	))
	var e *fhir.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v", err)
	}
	var at []string
	for _, is := range e.Issues {
		at = append(at, is.Expression)
	}
	want := []string{"Bundle.entry[0].request.url", "Bundle.entry[2].resource.id", "Bundle.entry[2].request.ifMatch"}
	if !slices.Equal(at, want) {
		t.Errorf("faults are at %q, want %q", at, want)
	}
}

func TestOnlyBatchAndTransaction(t *testing.T) {
	_, err := plan(t, `{"resourceType":"Bundle","type":"collection","entry":[{"resource":`+patient+`}]}`)
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind != fhir.Invalid || e.Issues[0].Expression != "Bundle.type" {
		t.Errorf("error is %v", err)
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct{ url, path, query string }{
		{"Patient/1", "/Patient/1", ""},
		{"/Patient/1", "/Patient/1", ""},
		{base + "/Patient?a=b?c", "/Patient", "a=b?c"},
		{base, "", ""},
		{base + "/", "", ""},
		{"Patient?url=http://x.example/y", "/Patient", "url=http://x.example/y"},
	} {
		path, query, err := entries.Target(c.url, base)
		if err != nil || path != c.path || query != c.query {
			t.Errorf("Target(%q) = %q, %q, %v; want %q, %q", c.url, path, query, err, c.path, c.query)
		}
	}
}
