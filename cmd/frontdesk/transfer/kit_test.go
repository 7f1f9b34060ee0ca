package transfer_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/rules"
	"frontdesk/store/sqlite"
)

const base = "http://frontdesk.example/fhir"

// kit is a store with an importer, and what that reported.
type kit struct {
	*transfer.Importer
	t      testing.TB
	st     *store.Store
	faults []string // "file:line", sorted by report
	texts  []string
}

// newKit is a kit on a backend in memory, or on the one given.
func newKit(t testing.TB, o store.Options, wrap ...func(store.Backend) store.Backend) *kit {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	var b store.Backend = memory.Open(r)
	for _, w := range wrap {
		b = w(b)
	}
	o.Base = base
	k := &kit{t: t, st: store.Open(b, r, o)}
	t.Cleanup(func() { k.st.Close() })
	k.Importer = &transfer.Importer{
		Session: k.st.As(access.Everything("test"), store.Unobserved),
		Plan:    handlers.Changes(k.st, handlers.Limits{}),
		Done: func(ctx context.Context, checkpoint string) (bool, error) {
			_, err := k.st.Records().Get(ctx, transfer.Namespace, checkpoint)
			if fhir.KindOf(err) == fhir.NotFound {
				return false, nil
			}
			return err == nil, err
		},
		Limits: codec.Limits{Bytes: 1 << 20},
		Report: func(source string, line int, err error) {
			k.faults = append(k.faults, fmt.Sprintf("%s:%d", filepath.Base(source), line))
			k.texts = append(k.texts, err.Error())
		},
		Progress: func(int64, int) {},
	}
	return k
}

// durable is the embedded store in a folder that the test removes.
func durable(t testing.TB) func(store.Backend) store.Backend {
	return func(store.Backend) store.Backend {
		r, err := spec.Load()
		if err != nil {
			t.Fatal(err)
		}
		b, err := sqlite.Open(context.Background(), t.TempDir(), r, sqlite.Options{Base: base})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// enforced has the rule that references must resolve.
func enforced() store.Options {
	return store.Options{Rules: []store.Rule{rules.References{Base: base}}}
}

// load imports what args name, to the end.
func (k *kit) load(args ...string) transfer.Summary {
	k.t.Helper()
	return k.loadFrom("", args...)
}

// loadFrom has text on standard input.
func (k *kit) loadFrom(stdin string, args ...string) transfer.Summary {
	k.t.Helper()
	sources, err := transfer.Sources(args, strings.NewReader(stdin))
	if err != nil {
		k.t.Fatal(err)
	}
	k.faults, k.texts = nil, nil
	sum, err := k.Run(k.t.Context(), sources)
	if err != nil {
		k.t.Fatal(err)
	}
	return sum
}

// fails is what ends an import.
func (k *kit) fails(args ...string) error {
	k.t.Helper()
	sources, err := transfer.Sources(args, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	_, err = k.Run(k.t.Context(), sources)
	return err
}

// gzipped is a text as gzip packs it.
func gzipped(t testing.TB, text string) string {
	t.Helper()
	var out strings.Builder
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// file writes a file of lines into a folder and names it.
func file(t testing.TB, folder, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func patient(id, family string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":%q}]}`, id, family)
}

// nameless is a Patient without an id: each import of it makes another.
func nameless(n int) string {
	return fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"urn:n","value":"%d"}]}`, n)
}

func many(from, to int, line func(int) string) (out []string) {
	for n := from; n < to; n++ {
		out = append(out, line(n))
	}
	return out
}

func bundle(typ string, entries ...string) string {
	return "{\n\"resourceType\":\"Bundle\",\n\"type\":\"" + typ + "\",\n\"entry\":[\n" + strings.Join(entries, ",\n") + "\n]}\n"
}

// request is an entry of a batch or transaction, on one line.
func request(fullURL, resource, method, url string) string {
	if fullURL != "" {
		fullURL = fmt.Sprintf(`"fullUrl":%q,`, fullURL)
	}
	return fmt.Sprintf(`{%s"resource":%s,"request":{"method":%q,"url":%q}}`, fullURL, resource, method, url)
}

// collected is an entry of a collection, on one line.
func collected(fullURL, resource string) string {
	if fullURL != "" {
		fullURL = fmt.Sprintf(`"fullUrl":%q,`, fullURL)
	}
	return fmt.Sprintf(`{%s"resource":%s}`, fullURL, resource)
}

// found are the current resources of a type, by the value that name gives them.
func (k *kit) found(typ string, name func(*fhir.Stored) string) map[string][]*fhir.Stored {
	k.t.Helper()
	t, ok := k.st.Registry().Type(typ)
	if !ok {
		k.t.Fatalf("no type %s", typ)
	}
	out := map[string][]*fhir.Stored{}
	q := &search.Search{Query: search.Query{From: []search.From{{Type: t, Where: search.And{}}}, Sort: []search.Sort{{Param: spec.ID}}, Limit: 1000}}
	for {
		page, err := k.st.As(access.Everything("test"), store.Unobserved).Search(k.t.Context(), q)
		if err != nil {
			k.t.Fatal(err)
		}
		for _, it := range page.Items {
			out[name(it.Stored)] = append(out[name(it.Stored)], it.Stored)
		}
		if page.Next == nil {
			return out
		}
		q.After = page.Next
	}
}

// ids are the ids of a type's resources, sorted, with a blank between.
func (k *kit) ids(typ string) string {
	k.t.Helper()
	var out []string
	for id := range k.found(typ, func(s *fhir.Stored) string { return s.Key.ID }) {
		out = append(out, id)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// once asserts that each of the nameless Patients from..to is there once, in its first version, and none besides.
func (k *kit) once(from, to int) {
	k.t.Helper()
	got := k.found("Patient", func(s *fhir.Stored) string {
		_, rest, _ := strings.Cut(string(s.JSON), `"value":"`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	})
	if len(got) != to-from {
		k.t.Errorf("%d patients are there, want %d", len(got), to-from)
	}
	for n := from; n < to; n++ {
		if all := got[fmt.Sprint(n)]; len(all) != 1 || all[0].Key.Version != 1 {
			k.t.Fatalf("patient %d is there %d times, want once", n, len(all))
		}
	}
}

// reported asserts which lines were reported, in any order.
func (k *kit) reported(want ...string) {
	k.t.Helper()
	got := slices.Sorted(slices.Values(k.faults))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		k.t.Errorf("faults at %v, want %v:\n%s", got, want, strings.Join(k.texts, "\n"))
	}
}
