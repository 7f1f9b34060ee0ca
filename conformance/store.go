package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"frontdesk/conformance/checks"
	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Opener opens a backend under test. dir names its data: an empty folder for a new one, the same again for what was
// left in it. A backend that isn't in a folder takes the name for a name.
type Opener func(dir string, r *spec.Registry) (store.Backend, error)

// TestBackend holds a backend to every promise that the comments of store.Backend make for one caller.
func TestBackend(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, *kit){
		"versions":            versions,
		"marks":               marks,
		"tombstones":          tombstones,
		"facts":               facts,
		"rejected":            rejected,
		"history":             history,
		"history by time":     historyByTime,
		"history pages":       historyPages,
		"find":                find,
		"find nested":         findNested,
		"TestB2 find numbers": findNumbers,
		"TestB2 find ranges":  findRanges,
		"find pages":          findPages,
		"find while writing":  findWhileWriting,
		"no page is torn":     pagesAreWhole,
		"records":             records,
		"watched":             watched,
		"records expire":      recordsExpire,
		"records with writes": recordsWithWrites,
		"cancelled":           cancelled,
		"portable":            portable,
		"changes":             changes,
		"changes waited for":  changesWaited,
		"changes refused":     changesRefused,
	} {
		t.Run(name, func(t *testing.T) { test(t, newKit(t, open)) })
	}
}

// kit is a new backend and what makes writes for it.
type kit struct {
	t    testing.TB
	r    *spec.Registry
	b    store.Backend
	dir  string
	open Opener
}

func newKit(t testing.TB, open Opener) *kit {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{t: t, r: r, dir: t.TempDir(), open: open}
	if k.b, err = open(k.dir, r); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.b.Close(); err != nil {
			t.Error("close:", err)
		}
		checks.Count(t, "store tests", checks.Backend(k.b), 1)
	})
	return k
}

// write is a resource as the Session would hand it over. Its type is in the JSON.
func (k *kit) write(id string, version int64, json string) store.Write {
	k.t.Helper()
	w, err := k.tryWrite(id, version, json)
	if err != nil {
		k.t.Fatal(err)
	}
	return w
}

func (k *kit) tryWrite(id string, version int64, json string) (store.Write, error) {
	r, err := codec.Decode([]byte(json), codec.Limits{})
	if err != nil {
		return store.Write{}, err
	}
	t, _ := k.r.Type(r.Type)
	w := store.Write{Key: fhir.Key{Type: r.Type, ID: id, Version: version}, Method: fhir.Put, Body: r.Body(id)}
	w.Index = search.Index(t, r.Message, "http://frontdesk.example/fhir")
	w.Compartments = search.Compartments(t, id, w.Index)
	return w, nil
}

// patient is a Patient of a family name, with an NHS number of sorts made of the id.
func (k *kit) patient(id string, version int64, family string) store.Write {
	k.t.Helper()
	return k.write(id, version, fmt.Sprintf(
		`{"resourceType":"Patient","identifier":[{"system":"urn:n","value":"n-%s"}],"name":[{"family":%q}]}`, id, family))
}

// result is an Observation of a patient.
func (k *kit) result(id string, version int64, patient, code, date string) store.Write {
	k.t.Helper()
	return k.write(id, version, fmt.Sprintf(
		`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:c","code":%q}]},"subject":{"reference":"Patient/%s"},"effectiveDateTime":%q,"valueQuantity":{"value":1.10}}`,
		code, patient, date))
}

// tombstone deletes.
func tombstone(w store.Write) store.Write {
	w.Key.Version++
	return store.Write{Key: w.Key, Method: fhir.Delete, Compartments: w.Compartments, Facts: w.Facts}
}

// apply commits writes, which must succeed.
func (k *kit) apply(ws ...store.Write) []store.Result {
	k.t.Helper()
	out, err := k.b.Apply(k.t.Context(), store.Batch{Writes: ws})
	if err != nil {
		k.t.Fatalf("apply: %v", err)
	}
	if len(out) != len(ws) {
		k.t.Fatalf("%d results for %d writes", len(out), len(ws))
	}
	return out
}

// refused commits a batch that must be Rejected.
func (k *kit) refused(b store.Batch) *store.Rejected {
	k.t.Helper()
	_, err := k.b.Apply(k.t.Context(), b)
	var r *store.Rejected
	if !errors.As(err, &r) {
		k.t.Fatalf("got %v, want a *store.Rejected", err)
	}
	return r
}

// query compiles "Patient?name=x&_sort=name".
func (k *kit) query(url string) *search.Query {
	k.t.Helper()
	typ, query, _ := strings.Cut(url, "?")
	s, err := search.Parse(k.r, []string{typ}, query, search.Options{})
	if err != nil {
		k.t.Fatalf("%s: %v", url, err)
	}
	return &s.Query
}

// ids are the ids a query finds, in order, all pages of it.
func (k *kit) ids(url string) string {
	k.t.Helper()
	q := *k.query(url)
	var out []string
	for {
		page, err := k.b.Find(k.t.Context(), &q)
		if err != nil {
			k.t.Fatalf("%s: %v", url, err)
		}
		for _, it := range page.Items {
			out = append(out, it.Key.ID)
		}
		if page.Next == nil {
			return strings.Join(out, " ")
		}
		q.After = page.Next
	}
}

func (k *kit) get(key fhir.Key) *fhir.Stored {
	k.t.Helper()
	st, err := k.b.Get(k.t.Context(), key)
	if err != nil {
		k.t.Fatalf("get %s: %v", key, err)
	}
	return st
}

// absent asserts that there never was such a version.
func (k *kit) absent(key fhir.Key) {
	k.t.Helper()
	st, err := k.b.Get(k.t.Context(), key)
	if err == nil || fhir.KindOf(err) != fhir.NotFound {
		k.t.Errorf("get %s: got %v, %v; want fhir.NotFound", key, st, err)
	}
}

// cancelled: with its context cancelled, everything ends with an error of ours, and nothing is written.
func cancelled(t *testing.T, k *kit) {
	k.apply(k.patient("a", 1, "Ash"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, get := k.b.Get(ctx, fhir.Key{Type: "Patient", ID: "a"})
	_, find := k.b.Find(ctx, k.query("Patient?name=ash"))
	_, hist := k.b.History(ctx, store.Scope{Limit: 10})
	_, apply := k.b.Apply(ctx, store.Batch{Writes: []store.Write{k.patient("b", 1, "Birch")}})
	_, rec := k.b.Records().Get(ctx, "n", "k")
	for what, err := range map[string]error{"Get": get, "Find": find, "History": hist, "Apply": apply, "Records.Get": rec} {
		var e *fhir.Error
		if !errors.As(err, &e) {
			t.Errorf("%s with a cancelled context: got %v, want a *fhir.Error", what, err)
		}
	}
	k.absent(fhir.Key{Type: "Patient", ID: "b"})
}
