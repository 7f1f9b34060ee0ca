package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

const base = "http://frontdesk.example/fhir"

// kit is a Session that may do everything, on a new store.
type kit struct {
	*store.Session
	t     testing.TB
	r     *spec.Registry
	store *store.Store
}

// on runs a test on every backend.
func on(t *testing.T, o store.Options, test func(*testing.T, *kit)) {
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			r, err := spec.Load()
			if err != nil {
				t.Fatal(err)
			}
			o.Base = base
			s := store.Open(open(t, r), r, o)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, &kit{Session: s.As(access.Everything("test"), store.Unobserved), t: t, r: r, store: s})
		})
	}
}

// as is the same store as another caller sees it.
func (k *kit) as(g access.Grant) *kit {
	c := *k
	c.Session = k.store.As(g, store.Unobserved)
	return &c
}

// res decodes a resource as a transaction's would be.
func (k *kit) res(json string) *fhir.Resource {
	k.t.Helper()
	r, err := codec.Decode([]byte(json), codec.Limits{Conditional: true})
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

func patientJSON(id, family string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":"urn:n","value":"n-%s"}],"name":[{"family":%q}]}`, id, id, family)
}

func resultJSON(id, patient, code string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"coding":[{"code":%q}]},"subject":{"reference":"Patient/%s"},"performer":[{"reference":"Practitioner/dr"}],"effectiveDateTime":"2024-05-01","valueQuantity":{"value":1.10}}`,
		id, code, patient)
}

// put is an update to the id in the body.
func (k *kit) put(json string) store.Change {
	k.t.Helper()
	r := k.res(json)
	return store.Change{Action: store.Update, Key: fhir.Key{Type: r.Type, ID: r.ID}, Resource: r}
}

func (k *kit) post(json string) store.Change {
	k.t.Helper()
	r := k.res(json)
	return store.Change{Action: store.Create, Key: fhir.Key{Type: r.Type}, Resource: r}
}

func del(typ, id string) store.Change {
	return store.Change{Action: store.Delete, Key: fhir.Key{Type: typ, ID: id}}
}

// do makes changes one by one, which must succeed.
func (k *kit) do(cs ...store.Change) (last *store.Outcome) {
	k.t.Helper()
	for _, c := range cs {
		out, err := k.Write(context.Background(), c)
		if err != nil {
			k.t.Fatalf("%s: %v", c.Key, err)
		}
		last = out
	}
	return last
}

// criteria are those of a conditional change: "Patient?name=x".
func (k *kit) criteria(url string) *search.Search {
	k.t.Helper()
	typ, query, _ := strings.Cut(url, "?")
	s, err := search.ParseCriteria(k.r, typ, query, search.Options{Base: base})
	if err != nil {
		k.t.Fatalf("%s: %v", url, err)
	}
	return s
}

// search is one page, as "Patient/a +Observation/o": what is included has a plus.
func (k *kit) search(url string) (string, *store.Page) {
	k.t.Helper()
	typ, query, _ := strings.Cut(url, "?")
	s, err := search.Parse(k.r, []string{typ}, query, search.Options{Base: base})
	if err != nil {
		k.t.Fatalf("%s: %v", url, err)
	}
	page, err := k.Search(context.Background(), s)
	if fhir.KindOf(err) == fhir.Forbidden {
		return "403", nil
	}
	if err != nil {
		k.t.Fatalf("%s: %v", url, err)
	}
	var out []string
	for _, it := range page.Items {
		mark := map[string]string{"match": "", "include": "+"}[it.Mode]
		out = append(out, mark+it.Key.Current().String())
	}
	return strings.Join(out, " "), page
}

// page is a page of a search, from a position on.
func (k *kit) page(url string, after search.Position) *store.Page {
	k.t.Helper()
	typ, query, _ := strings.Cut(url, "?")
	s, err := search.Parse(k.r, []string{typ}, query, search.Options{Base: base})
	if err != nil {
		k.t.Fatalf("%s: %v", url, err)
	}
	s.After = after
	page, err := k.Search(context.Background(), s)
	if err != nil {
		k.t.Fatalf("%s: %v", url, err)
	}
	return page
}

// history is all pages, as "Patient/a/_history/1 …".
func (k *kit) history(s store.Scope) (string, error) {
	k.t.Helper()
	var out []string
	for {
		page, err := k.History(context.Background(), s)
		if err != nil {
			return "", err
		}
		if s.After != nil && len(page.Items) == 0 {
			k.t.Errorf("%+v: there is a next page, and it's empty", s)
		}
		for _, it := range page.Items {
			out = append(out, fmt.Sprintf("%s/%d", it.Key.ID, it.Key.Version))
		}
		if s.After = page.Next; s.After == nil {
			return strings.Join(out, " "), nil
		}
		if len(page.Items) != s.Limit {
			k.t.Errorf("a page of %d that isn't the last has %d versions", s.Limit, len(page.Items))
		}
	}
}

// fails asserts the Kind of an error and that it says something.
func fails(t testing.TB, what string, err error, want fhir.Kind) {
	t.Helper()
	if err == nil || fhir.KindOf(err) != want {
		t.Errorf("%s: got %v, want kind %d", what, err, want)
	}
}
