package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"frontdesk/store/mongo/mongotest"
	"frontdesk/store/mongo/opentest"
)

// practiceStore is an embedded store with a bit of everything: resources changed and deleted, a search parameter, an
// account, an app.
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

// versionsAt is how many versions a store has that another process is writing; 0 if it can't be told yet. It doesn't
// open the store itself, but only looks: who opens it first has it.
func versionsAt(t *testing.T, uri string) (n int64) {
	t.Helper()
	if folder, embedded := strings.CutPrefix(uri, "sqlite:"); embedded {
		db, err := sqlite.OpenConn(filepath.Join(folder, "frontdesk.db"), sqlite.OpenReadOnly)
		if err != nil {
			return 0
		}
		defer db.Close()
		_ = sqlitex.ExecuteTransient(db, "SELECT count(*) FROM version", &sqlitex.ExecOptions{ResultFunc: func(s *sqlite.Stmt) error {
			n = s.ColumnInt64(0)
			return nil
		}})
		return n
	}
	client, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context())
	if n, err = client.Database(databaseOf(uri)).Collection("history").CountDocuments(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	return n
}

// databaseOf is the database that a URI names.
func databaseOf(uri string) string {
	name := uri[strings.LastIndex(uri, "/")+1:]
	name, _, _ = strings.Cut(name, "?")
	return name
}

// killedCopy begins a copy in a process of its own and kills that in the middle.
func killedCopy(t *testing.T, from, to string) {
	t.Helper()
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
		return versionsAt(t, to) > 0
	})
	if err := c.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
}

// TestCopyKilledInTheMiddle: from the embedded store to MongoDB and back, each copy killed once. What is half copied
// isn't served, the same command goes on, and the end is the beginning, to the byte.
func TestCopyKilledInTheMiddle(t *testing.T) {
	const patients = 1200
	server := mongotest.Start(t, mongotest.Options{TransactionLifetime: 20 * time.Second}) // never a real one, as it is made slow
	embedded, database, back := practiceStore(t, patients), opentest.Database(t, server.URI(), t.TempDir()), "sqlite:"+filepath.Join(t.TempDir(), "back")
	for _, way := range [][3]string{{embedded, database, "commitTransaction"}, {database, back, "find"}} {
		slow := server.Inject(mongotest.Fault{Command: way[2], Kind: mongotest.Slow, Delay: 100 * time.Millisecond, Every: 1}) // each page takes that long
		killedCopy(t, way[0], way[1])
		slow.Stop()
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
		"itself":                   {one, one, "the same store"},
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
