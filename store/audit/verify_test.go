package audit_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/audit"
	sqlitestore "frontdesk/store/sqlite"
)

// onDisk is a store in a folder.
func onDisk(t testing.TB, folder string) *store.Store {
	t.Helper()
	return open(t, func(r *spec.Registry) store.Backend {
		b, err := sqlitestore.Open(context.WithoutCancel(t.Context()), folder, r, sqlitestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}

// trail is a folder with a chain of three links with two AuditEvents each, and its head.
func trail(t *testing.T) (folder string, head audit.Head) {
	t.Helper()
	folder = t.TempDir()
	s := onDisk(t, folder)
	r := recorder(t, s)
	for i := range 3 {
		record(t, r, some(2)...)
		if i == 2 {
			head = verified(t, s, 6).Head
		}
	}
	if err := errors.Join(r.Close(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	return folder, head
}

// tamper changes the database behind the server's back.
func tamper(t *testing.T, folder, sql string) {
	t.Helper()
	c, err := sqlite.OpenConn(filepath.Join(folder, "frontdesk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := sqlitex.ExecuteTransient(c, sql, nil); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if c.Changes() == 0 {
		t.Fatalf("%s: changes nothing", sql)
	}
}

// The middle link's AuditEvents, and what the database has of it.
const (
	oneID   = `(SELECT id FROM body ORDER BY seq LIMIT 1 OFFSET 2)`
	another = `(SELECT id FROM body ORDER BY seq LIMIT 1 OFFSET 3)`
	middle  = ` WHERE namespace='audit' AND key='0000000000000002'`
)

// TestP12_TamperingIsFound: each way to change the trail by hand is found, and what is told names the place.
func TestP12_TamperingIsFound(t *testing.T) {
	for what, c := range map[string]struct {
		sql  []string
		says string
	}{
		"an event altered":                {[]string{`UPDATE body SET json=CAST(replace(CAST(json AS TEXT), 'request-p0', 'request-p9') AS BLOB) WHERE id=` + oneID}, "was altered (link 2"},
		"an event's outcome altered":      {[]string{`UPDATE body SET json=CAST(replace(CAST(json AS TEXT), '"outcome":"0"', '"outcome":"4"') AS BLOB) WHERE id=` + oneID}, "was altered (link 2"},
		"an event made unreadable":        {[]string{`UPDATE body SET json=x'7b7d' WHERE id=` + oneID}, "was altered (link 2"},
		"an event removed":                {[]string{`DELETE FROM node WHERE id=` + oneID}, "was removed (link 2"},
		"an event replaced by another":    {[]string{`UPDATE node SET seq=(SELECT seq FROM node WHERE id=` + another + `) WHERE id=` + oneID}, "was altered (link 2"},
		"an event hidden from searches":   {[]string{`DELETE FROM tok WHERE seq=(SELECT seq FROM node WHERE id=` + oneID + `)`}, "the index was altered"},
		"a link removed":                  {[]string{`DELETE FROM record WHERE namespace='audit' AND key='0000000000000002'`}, "link 2 is missing"},
		"the first link removed":          {[]string{`DELETE FROM record WHERE namespace='audit' AND key='0000000000000001'`}, "link 1 is missing"},
		"a link altered":                  {[]string{`UPDATE record SET value=CAST(replace(CAST(value AS TEXT), '"base":"https', '"base":"http') AS BLOB)` + middle}, "the link was altered (link 2"},
		"what a link tells cut off":       {[]string{`UPDATE record SET value=substr(value, 1, length(value)-1)` + middle}, "the link was altered (link 2"},
		"a link made unreadable":          {[]string{`UPDATE record SET value=x'7b' WHERE namespace='audit' AND key='0000000000000002'`}, "can't be read as a link (link 1"},
		"a link renumbered":               {[]string{`UPDATE record SET key='0000000000000007' WHERE namespace='audit' AND key='0000000000000002'`}, "link 2 is missing"},
		"the tail cut off":                {[]string{`DELETE FROM record WHERE namespace='audit' AND key='0000000000000003'`}, "link 3 should be the last"},
		"the tail cut off, and the head":  {[]string{`DELETE FROM record WHERE namespace='audit' AND key='0000000000000003'`, headBack}, "added by hand"},
		"the head altered":                {[]string{`UPDATE record SET value=json_set(value, '$.hash', 'x') WHERE namespace='audit' AND key='head'`}, "doesn't end in what its head says"},
		"the head removed":                {[]string{`DELETE FROM record WHERE namespace='audit' AND key='head'`}, "a link behind the one that the head names"},
		"everything removed but the head": {[]string{`DELETE FROM record WHERE namespace='audit' AND key<>'head'`}, "link 3 should be the last"},
	} {
		t.Run(what, func(t *testing.T) {
			folder, _ := trail(t)
			for _, sql := range c.sql {
				tamper(t, folder, sql)
			}
			s := onDisk(t, folder)
			defer s.Close()
			_, err := audit.Verify(t.Context(), s, audit.Head{}, nil)
			var broken *audit.Broken
			if !errors.As(err, &broken) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// headBack makes the second link the last.
const headBack = `UPDATE record SET value=CAST(json_object('number', 2, 'hash', (SELECT CAST(substr(value, instr(value, CAST('"hash":"' AS BLOB))+8, 64) AS TEXT) FROM record` + middle + `)) AS BLOB)
	WHERE namespace='audit' AND key='head'`

// TestAnAddedEventIsFound: one that claims to be ours is written where no rule is in the way.
func TestAnAddedEventIsFound(t *testing.T) {
	folder, _ := trail(t)
	s := onDisk(t, folder)
	forged := strings.NewReplacer(found(t, s, everyone, "_count=1")[0].ID, "forged").Replace(found(t, s, everyone, "_count=1")[0].text)
	s.Close()
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	b, err := sqlitestore.Open(t.Context(), folder, r, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lawless := store.Open(b, r, store.Options{Base: base})
	defer lawless.Close()
	if err := put(t, lawless, everyone, forged); err != nil {
		t.Fatal(err)
	}
	_, err = audit.Verify(t.Context(), lawless, audit.Head{}, nil)
	if err == nil || !strings.Contains(err.Error(), "AuditEvent/forged isn't in the chain") {
		t.Errorf("got %v", err)
	}
}

// TestAChainMadeAnewIsFound by who noted its head down: what was cut off and went on since has another hash.
func TestAChainMadeAnewIsFound(t *testing.T) {
	folder, head := trail(t)
	const last = ` IN (SELECT id FROM body ORDER BY seq LIMIT 2 OFFSET 4)`
	tamper(t, folder, `DELETE FROM tok WHERE seq IN (SELECT seq FROM body WHERE id`+last+`)`)
	for _, table := range []string{"version", "node", "body"} {
		tamper(t, folder, `DELETE FROM `+table+` WHERE id`+last)
	}
	tamper(t, folder, `DELETE FROM record WHERE namespace='audit' AND key='0000000000000003'`)
	tamper(t, folder, headBack)
	s := onDisk(t, folder)
	defer s.Close()
	if _, err := audit.Verify(t.Context(), s, audit.Head{}, nil); err != nil {
		t.Fatalf("what is left is whole in itself, and there is no other witness: %v", err)
	}
	cut := func(says string) {
		t.Helper()
		if _, err := audit.Verify(t.Context(), s, head, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	cut("it once had link 3")
	record(t, recorder(t, s), some(1)...)
	cut("made anew")
}

// TestVerifyTellsHowFarItIs and what it has seen.
func TestVerifyTellsHowFarItIs(t *testing.T) {
	folder, head := trail(t)
	s := onDisk(t, folder)
	defer s.Close()
	told := ""
	report, err := audit.Verify(t.Context(), s, head, func(done, total int64) { told += fmt.Sprint(done, "/", total, " ") })
	if err != nil || told != "0/6 2/6 4/6 6/6 " || report.Links != 3 || report.Events != 6 || report.Head != head {
		t.Errorf("%s %+v %v", told, report, err)
	}
}
