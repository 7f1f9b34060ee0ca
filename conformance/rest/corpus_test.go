package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/fhir/codec"
)

// corpus gives the files of a folder of real data beside the repository, by name.
func corpus(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "corpus", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is not here; it is real data that the repository doesn't carry", dir)
	}
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		out[name], err = os.ReadFile(path)
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%s can't be read: %v", dir, err)
	}
	return out
}

// send sends a request and reads its answer.
func send(t testing.TB, method, url string, body []byte, headers ...string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/fhir+json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, out
}

// members are a resource's members in their order, minified, without id and without what of meta is the server's.
func members(t testing.TB, raw []byte) string {
	t.Helper()
	v := jsontext.Value(bytes.Clone(raw))
	if err := v.Compact(); err != nil {
		t.Fatalf("%v: %.200s", err, raw)
	}
	var out strings.Builder
	d := jsontext.NewDecoder(bytes.NewReader(v), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		t.Fatal(err)
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		key := string(name)
		value, err := d.ReadValue()
		switch {
		case err != nil:
			t.Fatal(err)
		case key == `"meta"`:
			if rest := members(t, value); rest != "" {
				out.WriteString(key + ":" + rest + "\n")
			}
		case key != `"id"` && key != `"versionId"` && key != `"lastUpdated"`:
			out.WriteString(key + ":" + string(value) + "\n")
		}
	}
	return out.String()
}

// Every real file is stored and comes back byte for byte (minified; id and meta apart), or is refused as the decoder
// refuses it. Which are refused, and for which fault that is truly in them, is the table of package codec's TestCorpus.
func TestRealFiles(t *testing.T) {
	for _, folder := range []string{"hl7-r4", "nhs"} {
		t.Run(folder, func(t *testing.T) {
			base, stored, refused := serve(t), 0, 0
			for name, file := range corpus(t, folder) {
				r, bad := codec.Decode(file, codec.Limits{})
				typ := "Patient"
				if bad == nil {
					typ = r.Type
				}
				status, body := send(t, "POST", base+"/"+typ, file)
				switch {
				case bad != nil:
					refused++
					if status != http.StatusBadRequest {
						t.Errorf("%s has faults (%v), and the answer is %d", name, bad, status)
					}
				case status != http.StatusCreated:
					t.Errorf("%s is right, and the answer is %d: %.300s", name, status, body)
				default:
					stored++
					returned(t, base, name, file, body)
				}
			}
			t.Logf("%d stored, %d refused", stored, refused)
		})
	}
}

// returned checks that what create answered is what was sent, and that read answers the same.
func returned(t *testing.T, base, name string, file, body []byte) {
	t.Helper()
	if got, want := members(t, body), members(t, file); got != want {
		t.Errorf("%s came back otherwise:\n got %.1000s\nwant %.1000s", name, got, want)
	}
	var r struct{ ResourceType, ID string }
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatal(err)
	}
	if status, again := send(t, "GET", base+"/"+r.ResourceType+"/"+r.ID, nil); status != http.StatusOK || !bytes.Equal(again, body) {
		t.Errorf("%s: read answers %d, otherwise than create did", name, status)
	}
}

// transaction is what this test reads of a Synthea Bundle.
type transaction struct {
	Entry []struct {
		FullURL  string
		Resource json.RawMessage
		Request  struct{ Method, URL, IfNoneExist string }
		Response struct{ Status, Location string }
	}
}

// Synthea's patients go in as they are: no error, as many of each type as were sent (the same conditional identity
// counted once), and each comes back byte for byte but for id, meta and the references that were urn:uuid.
func TestSynthea(t *testing.T) {
	base := serve(t)
	want, identities := map[string]int{}, map[string]bool{}
	for name, file := range corpus(t, "synthea") {
		var in, out transaction
		if err := json.Unmarshal(file, &in); err != nil {
			t.Fatal(err)
		}
		status, body := send(t, "POST", base, file, "Prefer: return=minimal")
		if status != http.StatusOK {
			t.Errorf("%s: %d %.500s", name, status, body)
			continue
		}
		if err := json.Unmarshal(body, &out); err != nil || len(out.Entry) != len(in.Entry) {
			t.Fatalf("%s: %v, %d answers to %d entries", name, err, len(out.Entry), len(in.Entry))
		}
		var urls []string
		for i, e := range in.Entry {
			at, _, _ := strings.Cut(strings.TrimPrefix(out.Entry[i].Response.Location, base+"/"), "/_history")
			urls = append(urls, `"`+e.FullURL+`"`, `"`+at+`"`)
			if identity := e.Request.URL + "?" + e.Request.IfNoneExist; e.Request.IfNoneExist == "" || !identities[identity] {
				identities[identity] = true
				want[e.Request.URL]++
			}
		}
		rewritten := strings.NewReplacer(urls...)
		for i, e := range in.Entry {
			status, got := send(t, "GET", out.Entry[i].Response.Location, nil)
			if sent := rewritten.Replace(members(t, e.Resource)); status != http.StatusOK || members(t, got) != sent {
				t.Errorf("%s, entry %d: %d\n got %.500s\nwant %.500s", name, i, status, members(t, got), sent)
			}
		}
	}
	total := 0
	for typ, n := range want {
		_, body := send(t, "GET", base+"/"+typ+"?_summary=count", nil)
		var b struct{ Total int }
		if err := json.Unmarshal(body, &b); err != nil || b.Total != n {
			t.Errorf("%s: %d stored, %d sent (%v)", typ, b.Total, n, err)
		}
		total += n
	}
	t.Logf("%d resources of %d types", total, len(want))
}
