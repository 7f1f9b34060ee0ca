package entries_test

import (
	"errors"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/entries"
)

// Whatever a request says, each entry ends up in one place (a change, a read or a fault), and each fault says where it is.
func FuzzPlanBundle(f *testing.F) {
	r, err := spec.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("POST", "Patient", "", "", "identifier=a|b")
	f.Add("PUT", base+"/Patient/1", `W/"1"`, "*", "")
	f.Add("DELETE", "Patient?name=x&_format=json", "", "", "")
	f.Add("GET", "/Patient/1/_history/2?_summary=true", "", `W/"1"`, "")
	f.Add("PATCH", "Patient/$x#?", "x", "x", "%zz")
	f.Fuzz(func(t *testing.T, method, url, ifMatch, ifNoneMatch, ifNoneExist string) {
		request := codec.Request{Method: method, URL: url, IfMatch: ifMatch, IfNoneMatch: ifNoneMatch, IfNoneExist: ifNoneExist}
		b := &codec.Bundle{Type: "transaction", Entries: []codec.Entry{{Request: request}}}
		p, err := entries.PlanBundle(r, b, search.Options{Base: base})
		if places := len(p.Changes) + len(p.Reads); (places == 1) == (err != nil) {
			t.Fatalf("%d changes, %d reads, %v", len(p.Changes), len(p.Reads), err)
		}
		var e *fhir.Error
		if err != nil && (!errors.As(err, &e) || e.Kind == fhir.Internal || len(e.Issues) == 0) {
			t.Fatalf("error is %v", err)
		}
		if e == nil {
			return
		}
		for _, is := range e.Issues {
			if !strings.HasPrefix(is.Expression, "Bundle.entry[0].") || is.Text == "" {
				t.Errorf("fault %+v", is)
			}
		}
	})
}
