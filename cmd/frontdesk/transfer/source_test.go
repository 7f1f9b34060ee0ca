package transfer_test

import (
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/store"
)

func TestSources(t *testing.T) {
	dir := t.TempDir()
	file(t, dir, "b.json", "{}")
	file(t, dir, "a.ndjson", "12345")
	file(t, dir, "C.JSONL", "")
	file(t, dir, "notes.txt", "not ours")
	file(t, dir, "Patient.ndjson.part", "not whole")
	single := file(t, t.TempDir(), "anything.txt", "123")
	sources, err := transfer.Sources([]string{single, dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range sources {
		names = append(names, filepath.Base(s.Name))
	}
	if got := strings.Join(names, " "); got != "anything.txt C.JSONL a.ndjson b.json" {
		t.Errorf("sources %q", got)
	}
	if got := transfer.Total(sources); got != 3+5+2 {
		t.Errorf("total %d", got)
	}
	stdin, err := transfer.Sources([]string{"-", single}, nil)
	if err != nil || len(stdin) != 2 || transfer.Total(stdin) != -1 {
		t.Errorf("standard input: %v, %v", stdin, err)
	}
	for _, bad := range []string{filepath.Join(dir, "missing.json"), t.TempDir()} {
		if _, err := transfer.Sources([]string{bad}, nil); fhir.KindOf(err) != fhir.Invalid || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestForms: what a source is inside is seen, whatever its name says.
func TestForms(t *testing.T) {
	ash, elm := patient("ash", "Ash"), patient("elm", "Elm")
	pretty := "{\n  \"resourceType\": \"Patient\",\n  \"id\": \"ash\"\n}\n"
	long := func(id string) string { return patient(id, strings.Repeat("x", 1<<17)) }
	oak := patient("oak", "Oak")
	for name, c := range map[string]struct {
		file, text string // no file: standard input
		want       string
		faults     []string
	}{
		"a document":                      {"x.json", pretty, "ash", nil},
		"a document on stdin":             {"", "\n" + pretty, "ash", nil},
		"a document in a file of no form": {"x.txt", pretty, "ash", nil},
		"one line":                        {"x.json", ash, "ash", nil},
		"lines":                           {"x.ndjson", ash + "\n" + elm + "\n", "ash elm", nil},
		"lines without a last newline":    {"x.ndjson", ash + "\n" + elm, "ash elm", nil},
		"lines that end in CR LF":         {"x.ndjson", ash + "\r\n" + elm + "\r\n", "ash elm", nil},
		"lines with blank ones between":   {"x.ndjson", "\n\n" + ash + "\n \n" + elm + "\n\n", "ash elm", nil},
		"lines in a .json":                {"x.json", ash + "\n" + elm + "\n", "ash elm", nil},
		"lines on stdin":                  {"", ash + "\n" + elm, "ash elm", nil},
		"a faulty first line on stdin":    {"", "{\"resourceType\":\"Pat\n" + elm + "\n" + oak, "elm oak", []string{"standard input:1"}},
		"a faulty first line":             {"x.ndjson", "{\"resourceType\":\n" + elm, "elm", []string{"x.ndjson:1"}},
		"long lines":                      {"x.ndjson", long("ash") + "\n" + long("elm"), "ash elm", nil},
		"long lines on stdin":             {"", long("ash") + "\n" + long("elm"), "ash elm", nil},
		"a document with a long line":     {"x.json", "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"" + strings.Repeat("x", 1<<17) + "\"}],\n\"id\":\"ash\"}", "ash", nil},
		"nothing":                         {"x.ndjson", "", "", nil},
		"blank":                           {"", " \n \n", "", nil},
		"no JSON":                         {"x.json", "hello\nworld\n", "", []string{"x.json:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, store.Options{})
			if c.file == "" {
				k.loadFrom(c.text, "-")
			} else {
				k.load(file(t, t.TempDir(), c.file, c.text))
			}
			if got := k.ids("Patient"); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
			k.reported(c.faults...)
		})
	}
}
