package rest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// page is what these tests read of a searchset.
type page struct {
	Link  []struct{ Relation, URL string }
	Entry []struct {
		Resource json.RawMessage
		Search   struct{ Mode string }
	}
}

// walked are the resources of all pages, by their references. None may come twice.
func walked(t *testing.T, url string) (all map[string][]byte, pages int) {
	t.Helper()
	all = map[string][]byte{}
	for url != "" {
		status, body := send(t, "GET", url, nil)
		var p page
		if err := json.Unmarshal(body, &p); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d, %v: %.300s", url, status, err, body)
		}
		for _, e := range p.Entry {
			var r struct{ ResourceType, ID string }
			if err := json.Unmarshal(e.Resource, &r); err != nil {
				t.Fatal(err)
			}
			ref := r.ResourceType + "/" + r.ID
			if all[ref] != nil {
				t.Errorf("%s brings %s again", url, ref)
			}
			all[ref] = e.Resource
		}
		pages++
		url = ""
		for _, l := range p.Link {
			if l.Relation == "next" {
				url = l.URL
			}
		}
	}
	return all, pages
}

// Of real and of generated records $everything brings, by seven a page, each resource of the compartment just once, and
// what they refer to that is nobody's.
func TestEverythingOfRecords(t *testing.T) {
	t.Run("demo", func(t *testing.T) {
		base := serve(t)
		for json, err := range practice.Generate(practice.Options{Seed: 1, Patients: 12, Now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}) {
			if err != nil {
				t.Fatal(err)
			}
			loads(t, base, json)
		}
		records(t, base, 4)
	})
	t.Run("synthea", func(t *testing.T) {
		base, files := serve(t), corpus(t, "synthea")
		names := slices.SortedFunc(maps.Keys(files), func(a, b string) int { return len(files[a]) - len(files[b]) })
		for _, name := range names[:min(3, len(names))] {
			loads(t, base, files[name])
		}
		records(t, base, 3)
	})
}

func loads(t *testing.T, base string, bundle []byte) {
	t.Helper()
	if status, body := send(t, "POST", base, bundle, "Prefer: return=minimal"); status != http.StatusOK {
		t.Fatalf("%d %.500s", status, body)
	}
}

// records compares the records of the first patients with what the resources themselves say.
func records(t *testing.T, base string, patients int) {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	whole, _ := walked(t, base+"?_sort=_id&_count=1000")
	owners := map[string][]string{} // patients by resource
	var ids []string
	for ref, json := range whole {
		res, err := codec.Decode(json, codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		typ, _ := r.Type(res.Type)
		owners[ref] = search.Compartments(typ, res.ID, search.Index(typ, res.Message, base))
		if res.Type == "Patient" {
			ids = append(ids, res.ID)
		}
	}
	slices.Sort(ids)
	for _, id := range ids[:min(patients, len(ids))] {
		want, outside := map[string]bool{}, map[string]bool{}
		for ref := range whole {
			if slices.Contains(owners[ref], id) {
				want[ref] = true
			}
		}
		for ref := range want {
			references(whole, owners, ref, outside, 0)
		}
		started := time.Now()
		got, pages := walked(t, base+"/Patient/"+id+"/$everything?_count=7")
		took := time.Since(started)
		for ref := range got {
			if !want[ref] && !outside[ref] {
				t.Errorf("%s of %v is in the record of %s", ref, owners[ref], id)
			}
		}
		for _, ref := range slices.Concat(slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(outside))) {
			if got[ref] == nil {
				t.Errorf("%s is missing in the record of %s", ref, id)
			}
		}
		t.Logf("%s: %d in the compartment, %d around it, %d pages, %v a page", fhir.Key{Type: "Patient", ID: id}, len(want), len(outside), pages, took/time.Duration(pages))
	}
}

var literal = regexp.MustCompile(`"(?:reference|url)":"([A-Z][A-Za-z]+/[A-Za-z0-9.-]+)"`)

// references adds what a resource refers to and is nobody's, and what that refers to.
func references(whole map[string][]byte, owners map[string][]string, ref string, into map[string]bool, hops int) {
	for _, m := range literal.FindAllSubmatch(whole[ref], -1) {
		to := string(m[1])
		if whole[to] != nil && len(owners[to]) == 0 && !into[to] && hops < 4 {
			into[to] = true
			references(whole, owners, to, into, hops+1)
		}
	}
}
