package store_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
)

// TestCorpusTransactions: real bundles go in whole, and of their links between entries none is left.
func TestCorpusTransactions(t *testing.T) {
	files, err := filepath.Glob("../../shared/corpus/synthea/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("no ../shared/corpus/synthea beside the repository")
	}
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		total := 0
		for _, file := range files {
			cs := bundle(t, file)
			out, err := k.Transact(t.Context(), cs)
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
				continue
			}
			for i, o := range out {
				if !o.Created || strings.Contains(string(o.JSON), `"reference":"urn:uuid:`) {
					t.Errorf("%s: %s: created %v, %s", filepath.Base(file), cs[i].At, o.Created, o.JSON)
				}
			}
			total += len(out)
		}
		page, err := k.History(t.Context(), store.Scope{Limit: total + 1})
		if err != nil || len(page.Items) != total {
			t.Errorf("%d resources sent, %d versions there, %v", total, len(page.Items), err)
		}
		t.Logf("%d resources of %d bundles", total, len(files))
	})
}

// bundle reads the creates of a transaction bundle.
func bundle(t *testing.T, file string) []store.Change {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Entry []struct {
			FullURL  string
			Resource json.RawMessage
		}
	}
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	var cs []store.Change
	for _, e := range b.Entry {
		r, err := codec.Decode(e.Resource, codec.Limits{Conditional: true})
		if err != nil {
			t.Fatalf("%s: %v", filepath.Base(file), err)
		}
		cs = append(cs, store.Change{Action: store.Create, Key: fhir.Key{Type: r.Type}, Resource: r, FullURL: e.FullURL})
	}
	return entries(cs...)
}
