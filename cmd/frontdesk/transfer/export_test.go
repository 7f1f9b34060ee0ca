package transfer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

func (k *kit) types(names ...string) (out []*spec.Type) {
	if len(names) == 0 {
		names = k.st.Registry().Names()
	}
	for _, n := range names {
		t, _ := k.st.Registry().Type(n)
		out = append(out, t)
	}
	return out
}

// export writes everything to a folder.
func (k *kit) export(folder string) map[string]int {
	k.t.Helper()
	return k.exportAs(transfer.Exporter{Session: k.Session, Folder: folder, Progress: func(int) {}})
}

func (k *kit) exportAs(x transfer.Exporter) map[string]int {
	k.t.Helper()
	total, err := x.Count(k.t.Context(), k.types())
	if err != nil {
		k.t.Fatal(err)
	}
	counts, err := x.Run(k.t.Context(), k.types())
	if err != nil {
		k.t.Fatal(err)
	}
	for _, n := range counts {
		total -= int64(n)
	}
	if total != 0 {
		k.t.Errorf("Count is %d more than what was exported", total)
	}
	return counts
}

// meta is what the store stamps on each version.
var meta = regexp.MustCompile(`"(versionId|lastUpdated)":"[^"]*",?`)

// bodies are all resources but for what the store stamps on them.
func (k *kit) bodies() map[string]string {
	out := map[string]string{}
	for _, t := range k.st.Registry().Names() {
		for key, s := range k.found(t, func(s *fhir.Stored) string { return s.Key.Current().String() }) {
			out[key] = meta.ReplaceAllString(string(s[0].JSON), "")
		}
	}
	return out
}

// TestRoundTrip: what is exported and imported elsewhere is the same there.
func TestRoundTrip(t *testing.T) {
	from, to := newKit(t, store.Options{}), newKit(t, store.Options{}, durable(t))
	var lines []string
	for line, err := range practice.Generate(practice.Options{Seed: 7, Patients: 6, Now: time.Date(2026, 5, 1, 12, 0, 0,
		0, time.UTC)}) {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(line), `"Slot"`) { // thousands, all alike
			lines = append(lines, string(line))
		}
	}
	from.load(file(t, t.TempDir(), "practice.ndjson", lines...))
	from.reported()
	folder := filepath.Join(t.TempDir(), "new", "folder")
	counts := from.export(folder)
	written, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(written) != len(counts) {
		t.Errorf("%v: files %v, counts %v", err, written, counts)
	}
	to.load(folder)
	to.reported()
	want, got := from.bodies(), to.bodies()
	if len(want) < 100 || !maps.Equal(want, got) {
		for key, body := range want {
			if got[key] != body {
				t.Fatalf("of %d and %d, for example\n%s\nbecame\n%s", len(want), len(got), body, got[key])
			}
		}
		t.Errorf("%d resources became %d", len(want), len(got))
	}
}

// TestExportForms: packed and as XML it is the same elsewhere, but that XML has elements in R4's order; and of each
// form only the last is left.
func TestExportForms(t *testing.T) {
	from, folder := newKit(t, store.Options{}), t.TempDir()
	many := []string{patient("ash", "Ash"), result("o", "Patient/ash")}
	for i := range 600 {
		many = append(many, patient(fmt.Sprint("p", i), "Birch"))
	}
	from.load(file(t, t.TempDir(), "all.ndjson", many...))
	for _, form := range []struct {
		x     transfer.Exporter
		names string
	}{
		{transfer.Exporter{}, "Observation.ndjson Patient.ndjson"},
		{transfer.Exporter{Gzip: true}, "Observation.ndjson.gz Patient.ndjson.gz"},
		{transfer.Exporter{XML: true, Gzip: true}, "Observation-00001.xml.gz Patient-00001.xml.gz Patient-00002.xml.gz"},
		{transfer.Exporter{XML: true}, "Observation-00001.xml Patient-00001.xml Patient-00002.xml"},
	} {
		form.x.Session, form.x.Folder, form.x.Progress = from.Session, folder, func(int) {}
		from.exportAs(form.x)
		if names := list(t, folder); names != form.names {
			t.Errorf("the folder holds %s, want %s", names, form.names)
		}
		to := newKit(t, store.Options{})
		to.load(folder)
		to.reported()
		want, got := from.bodies(), to.bodies()
		if len(want) != 602 || len(got) != len(want) {
			t.Errorf("%s: %d became %d", form.names, len(want), len(got))
		}
		for key, body := range want {
			if !alike(t, body, got[key]) {
				t.Fatalf("%s: %s\nbecame\n%s", form.names, body, got[key])
			}
		}
	}
}

// alike says that two texts are the same JSON, whatever the order of the members.
func alike(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}

// TestExportAgain: the folder tells what is there now, also of what has gone.
func TestExportAgain(t *testing.T) {
	k, folder := newKit(t, store.Options{}), t.TempDir()
	k.loadFrom(patient("ash", "Ash")+"\n"+result("o", "Patient/ash"), "-")
	k.export(folder)
	if _, err := k.Session.Write(t.Context(), store.Change{Action: store.Delete, Key: fhir.Key{Type: "Observation", ID: "o"}}); err != nil {
		t.Fatal(err)
	}
	if counts := k.export(folder); len(counts) != 1 || counts["Patient"] != 1 {
		t.Errorf("counts %v", counts)
	}
	if names := list(t, folder); names != "Patient.ndjson" {
		t.Errorf("the folder holds %s", names)
	}
}

// TestExportIsWhole: an export that breaks off leaves no file of the type it was at.
func TestExportIsWhole(t *testing.T) {
	k, folder := newKit(t, store.Options{}), t.TempDir()
	k.load(file(t, t.TempDir(), "x.ndjson", append(many(0, 1200, nameless), `{"resourceType":"Account","status":"active"}`)...))
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	x := transfer.Exporter{Session: k.Session, Folder: folder, Progress: func(done int) {
		if n += done; n > 500 {
			cancel()
		}
	}}
	counts, err := x.Run(ctx, k.types("Account", "Patient"))
	if err == nil || counts["Account"] != 1 || counts["Patient"] != 0 {
		t.Errorf("counts %v, error %v", counts, err)
	}
	if names := list(t, folder); names != "Account.ndjson" {
		t.Errorf("the folder holds %s", names)
	}
	if _, err := (&transfer.Exporter{Session: k.Session, Folder: filepath.Join(folder, "Account.ndjson"), Progress: x.Progress}).Run(t.Context(), nil); fhir.KindOf(err) != fhir.Invalid {
		t.Errorf("a folder that is a file: %v", err)
	}
}

// list are the names in a folder.
func list(t testing.TB, folder string) string {
	t.Helper()
	found, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range found {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
