package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestOneInstanceServesWhileAnotherImports: what was there is read and searched as ever, what comes only ever grows,
// and in the end all of it is there once.
func TestOneInstanceServesWhileAnotherImports(t *testing.T) {
	const there, brought = 60, 1000
	uri := mongoStore(t)
	patients := func(family string, n int) string {
		var lines strings.Builder
		for i := range n {
			fmt.Fprintf(&lines, `{"resourceType":"Patient","id":"%s-%d","name":[{"family":"%[1]s"}],"multipleBirthInteger":%[2]d}`+"\n", family, i)
		}
		return lines.String()
	}
	bring := func(lines string) error {
		if status, out, log := frontdesk(t, lines, "import", "--store", uri, "-"); status != 0 {
			return fmt.Errorf("status %d: %s%s", status, out, log)
		}
		return nil
	}
	if err := bring(patients("before", there)); err != nil {
		t.Fatal(err)
	}
	other := start(t, "serve", "--auth", "off", "--listen", "127.0.0.1:0", "--store", uri)
	done := make(chan error, 1)
	go func() { done <- bring(patients("after", brought)) }()
	seen, midway := 0, 0
	for n, going := 0, true; going; n++ {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal("import:", err)
			}
			going = false
		default:
		}
		status, body, found := get(t, fmt.Sprintf("%s/Patient/before-%d", other.base, n%there))
		if status != http.StatusOK || found.Meta.VersionID != "1" || !strings.Contains(body, fmt.Sprintf(`"multipleBirthInteger":%d`, n%there)) {
			t.Fatalf("read %d: status %d: %s", n, status, body)
		}
		other.allOnce("before", there)
		total := other.total("after")
		if total < seen {
			t.Fatalf("%d were found, and then %d", seen, total)
		}
		if seen = total; seen > 0 && seen < brought {
			midway++
		}
	}
	if midway == 0 {
		t.Error("nothing was asked while the import was under way: this tests nothing")
	}
	t.Logf("asked %d times while the import was under way", midway)
	if seen != brought {
		t.Errorf("%d are there in the end, not %d", seen, brought)
	}
	other.allOnce("after", brought)
}

func (r *running) total(family string) int {
	r.t.Helper()
	status, body, found := get(r.t, r.base+"/Patient?_total=accurate&_count=0&family="+family)
	if status != http.StatusOK {
		r.t.Fatalf("status %d: %s", status, body)
	}
	return found.Total
}

// allOnce turns the pages of a search, on which each of n patients must be once.
func (r *running) allOnce(family string, n int) {
	r.t.Helper()
	seen := map[string]bool{}
	for url := fmt.Sprintf("%s/Patient?_count=%d&family=%s", r.base, max(7, n/5), family); url != ""; {
		status, body, page := get(r.t, url)
		if status != http.StatusOK {
			r.t.Fatalf("status %d: %s", status, body)
		}
		for _, e := range page.Entry {
			if seen[e.FullURL] || !strings.Contains(e.FullURL, "/"+family+"-") {
				r.t.Fatalf("%s is there twice, or wrongly, on page %s", e.FullURL, url)
			}
			seen[e.FullURL] = true
		}
		url = ""
		for _, link := range page.Link {
			if link.Relation == "next" {
				url = link.URL
			}
		}
	}
	if len(seen) != n {
		r.t.Fatalf("%d of %d %s are found", len(seen), n, family)
	}
}
