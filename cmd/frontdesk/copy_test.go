package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/sqlite"
)

// practiceStore is an embedded store with a bit of everything: resources changed and deleted, a search parameter, an account, an app.
func practiceStore(t *testing.T, patients int) string {
	t.Helper()
	at := "sqlite:" + t.TempDir()
	lines := []string{`{"resourceType":"SearchParameter","id":"maiden","url":"urn:test:maiden","name":"Maiden","status":"active","description":"Maiden name",
		"code":"maiden","base":["Patient"],"type":"string","expression":"Patient.extension('urn:maiden').value as string"}`}
	lines[0] = strings.ReplaceAll(lines[0], "\n", " ")
	for n := range patients {
		lines = append(lines, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","extension":[{"url":"urn:maiden","valueString":"Oak%d"}],"name":[{"family":"Ash"}]}`, n, n),
			fmt.Sprintf(`{"resourceType":"Observation","id":"o%d","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p%d"},"valueQuantity":{"value":1.10}}`, n, n))
	}
	for _, text := range []string{strings.Join(lines, "\n"), strings.ReplaceAll(strings.Join(lines[1:patients], "\n"), "Ash", "Beech")} {
		if status, out, log := frontdesk(t, text, "import", "--store", at, "-"); status != 0 {
			t.Fatalf("import: %s%s", out, log)
		}
	}
	if status, out, log := frontdesk(t, "correct horse battery", "account", "add", "ann", "--patient", "Patient/p1", "--store", at); status != 0 {
		t.Fatalf("account: %s%s", out, log)
	}
	return at
}

// versionsAt is how many versions a store has that another process may be writing; 0 if it can't be told yet.
func versionsAt(t *testing.T, r *spec.Registry, uri string) int64 {
	t.Helper()
	var b store.Backend
	var err error
	if folder, embedded := strings.CutPrefix(uri, "sqlite:"); embedded {
		if _, e := os.Stat(filepath.Join(folder, "frontdesk.db")); e != nil {
			return 0
		}
		b, err = sqlite.Open(t.Context(), folder, r, sqlite.Options{Logger: slog.New(slog.DiscardHandler), Beside: true})
	} else {
		b, err = mongo.Open(t.Context(), uri, r, mongo.Options{Logger: slog.New(slog.DiscardHandler)})
	}
	if err != nil {
		return 0 // its tables are just being made
	}
	defer b.Close()
	n, err := b.(store.Portable).Versions(t.Context())
	if err != nil {
		return 0
	}
	return n
}

// killedCopy begins a copy in a process of its own and kills that in the middle.
func killedCopy(t *testing.T, from, to string) {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := newChild(t, "copy", "--from", from, "--to", to)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.wait()
	}()
	await(t, "something is copied", func() bool {
		select {
		case <-ended:
			t.Fatalf("it ended before it could be killed: %s", c.log.String())
		default:
		}
		return versionsAt(t, r, to) > 0
	})
	if err := c.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
}

// TestCopyKilledInTheMiddle: from the embedded store to MongoDB and back, each copy killed once. What is half copied isn't served, the same
// command goes on, and the end is the beginning, to the byte.
func TestCopyKilledInTheMiddle(t *testing.T) {
	const patients = 1200
	embedded, database, back := practiceStore(t, patients), mongoStore(t), "sqlite:"+filepath.Join(t.TempDir(), "back")
	for _, way := range [][2]string{{embedded, database}, {database, back}} {
		killedCopy(t, way[0], way[1])
		if status, _, log := frontdesk(t, "", "export", "--store", way[1], t.TempDir()); status == 0 || !strings.Contains(log, "isn't finished") {
			t.Errorf("half a copy is used: status %d, %s", status, log)
		}
		status, out, log := frontdesk(t, "", "copy", "--from", way[0], "--to", way[1])
		if status != 0 {
			t.Fatalf("the copy doesn't go on: %s%s", out, log)
		}
		contains(t, "copy", out, "Patient", "Observation", "SearchParameter", "records: smart.account", "records: registry", "The copy is whole")
		contains(t, "copy", log, "copy: ", "compare: ", "versions, 100% in ")
	}
	var exports [2]string
	for i, at := range []string{embedded, back} {
		folder := t.TempDir()
		if status, out, log := frontdesk(t, "", "export", "--store", at, folder); status != 0 {
			t.Fatalf("export: %s%s", out, log)
		}
		for _, file := range []string{"Patient.ndjson", "Observation.ndjson", "SearchParameter.ndjson"} {
			text, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				t.Fatal(err)
			}
			exports[i] += string(text)
		}
	}
	if exports[0] != exports[1] || strings.Count(exports[0], "\n") != 2*patients+1 {
		t.Errorf("what came back has %d bytes, and it was %d", len(exports[1]), len(exports[0]))
	}
	r := start(t, append(serveArgs(""), "--store", database)...)
	if status, body, found := get(t, r.base+"/Patient?maiden=oak17&_total=accurate"); status != 200 || found.Total == 0 {
		t.Errorf("by the practice's own search parameter: %d %s", status, body)
	}
	postTo(t, r, "Patient", `{"resourceType":"Patient"}`)
	if status, out, log := frontdesk(t, "", "copy", "--from", embedded, "--to", database); status != 1 || !strings.Contains(out, "differs: ") {
		t.Errorf("a copy that was written to: status %d, %s%s", status, out, log)
	}
}

// TestCopyRefuses what would overwrite something, or isn't there.
func TestCopyRefuses(t *testing.T) {
	one, other := practiceStore(t, 3), practiceStore(t, 3)
	empty := "sqlite:" + t.TempDir()
	for what, c := range map[string]struct{ from, to, want string }{
		"a store that isn't empty": {one, other, "isn't empty"},
		"itself":                   {one, one, "in use"},
		"memory":                   {"memory:", empty, "--from"},
		"no URI":                   {one, "postgres://x", "--to"},
	} {
		if status, _, log := frontdesk(t, "", "copy", "--from", c.from, "--to", c.to); status != 1 || !strings.Contains(log, c.want) {
			t.Errorf("%s: status %d, %s; want %q", what, status, log, c.want)
		}
	}
	if status, _, log := frontdesk(t, "", "copy", "--from", one, "--to", empty); status != 0 {
		t.Errorf("into a new store: %s", log)
	}
	if status, _, log := frontdesk(t, "", "copy", "--from", other, "--to", empty); status != 1 || !strings.Contains(log, "something else") {
		t.Errorf("another into the copy: status %d, %s", status, log)
	}
}
