package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/store/mongo/opentest"
)

// mongoStore is --store for a new database.
func mongoStore(t *testing.T) string {
	t.Helper()
	return opentest.Database(t, opentest.URI(t), t.TempDir())
}

func postTo(t *testing.T, r *running, typ, body string) {
	t.Helper()
	resp, err := http.Post(r.base+"/"+typ, "application/fhir+json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", body, resp.Status)
	}
}

// TestTwoServersOnOneMongoDB: what one stores the other serves, and a search parameter that is posted to one works on
// both.
func TestTwoServersOnOneMongoDB(t *testing.T) {
	uri := mongoStore(t)
	args := []string{"serve", "--auth", "off", "--listen", "127.0.0.1:0", "--store", uri}
	a, b := start(t, args...), start(t, args...)
	postTo(t, a, "Patient", `{"resourceType":"Patient","extension":[{"url":"urn:maiden","valueString":"Oak"}],"name":[{"family":"Ash"}]}`)
	if _, body, found := get(t, b.base+"/Patient?family=ash&_total=accurate"); found.Total != 1 {
		t.Fatalf("the second server: %s", body)
	}
	postTo(t, a, "SearchParameter", `{"resourceType":"SearchParameter","url":"urn:test:maiden","name":"Maiden","status":"active","description":"Maiden name",
		"code":"maiden","base":["Patient"],"type":"string","expression":"Patient.extension('urn:maiden').value as string"}`)
	for _, r := range []*running{a, b} {
		await(t, "the parameter to be ready", func() bool {
			status, _, found := get(t, r.base+"/Patient?maiden=oak&_total=accurate")
			return status == http.StatusOK && found.Total == 1
		})
	}
}

// TestMoveToMongoDB: what is exported from the embedded store and imported into a MongoDB is exported from there the
// same.
func TestMoveToMongoDB(t *testing.T) {
	embedded, uri := "sqlite:"+t.TempDir(), mongoStore(t)
	lines := `{"resourceType":"Patient","id":"a","name":[{"family":"Ash"}]}
{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"valueQuantity":{"value":1.10}}
`
	for _, from := range []string{embedded, uri} {
		if status, out, log := frontdesk(t, lines, "import", "--store", from, "-"); status != 0 {
			t.Fatalf("import to %s: %s%s", from, out, log)
		}
		folder := t.TempDir()
		if status, out, log := frontdesk(t, "", "export", "--store", from, folder); status != 0 {
			t.Fatalf("export from %s: %s%s", from, out, log)
		}
		lines = ""
		for _, file := range []string{"Patient.ndjson", "Observation.ndjson"} {
			text, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				t.Fatal(err)
			}
			lines += string(text)
		}
		for _, part := range []string{`"id":"a"`, `"family":"Ash"`, `"id":"o"`, `"value":1.10`} {
			contains(t, "the export of "+from, lines, part)
		}
	}
}

func TestAStoreThatIsNoneIsToldSo(t *testing.T) {
	for store, want := range map[string]string{"mongodb://": "it is no URI of a MongoDB", "postgres://x/y": "neither sqlite:FOLDER", "sqlite:": "neither sqlite:FOLDER"} {
		if status, _, log := frontdesk(t, "", "serve", "--store", store); status == 0 || !strings.Contains(log, want) {
			t.Errorf("%s: status %d, %q; want %q", store, status, log, want)
		}
	}
}
