package practice_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// exports makes an export, and gives the addresses of its status and files, and what the files hold for whom.
func (c *client) exports(path string) (at string, files []string) {
	c.Helper()
	a := c.is(http.StatusAccepted, c.do(http.MethodGet, path, "", "Prefer: respond-async"))
	at = strings.TrimPrefix(a.header.Get("Content-Location"), base)
	for tick := time.Tick(2 * time.Millisecond); a.status == http.StatusAccepted; <-tick {
		a = c.get(at)
	}
	var m struct{ Output []struct{ URL string } }
	if err := json.Unmarshal([]byte(c.is(http.StatusOK, a).body), &m); err != nil {
		c.Fatal(err)
	}
	for _, f := range m.Output {
		files = append(files, strings.TrimPrefix(f.URL, base))
	}
	return at, files
}

// lines are what files hold.
func (c *client) lines(files []string) (keys []string) {
	c.Helper()
	for _, f := range files {
		for line := range strings.Lines(c.is(http.StatusOK, c.get(f)).body) {
			var r struct{ ResourceType, ID string }
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				c.Fatal(err)
			}
			keys = append(keys, r.ResourceType+"/"+r.ID)
		}
	}
	return keys
}

// TestI1_AnExportIsWhatItsCallerSees, made and fetched: staff have their own practice, a patient what
// is open; and no token but the caller's, while it is good, finds a file.
func TestI1_AnExportIsWhatItsCallerSees(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, doc, other := p.patient("ann"), p.staff(), p.person("other", "", "user/*.cruds")
		_, ours := doc.exports("/$export?_type=Patient,Condition")
		if got := doc.lines(ours); !slices.Contains(got, "Patient/ann") || slices.Contains(got, "Patient/eve") {
			t.Errorf("the north practice's doctor exports %v", got)
		}
		_, theirs := other.exports("/Patient/$export")
		if got := other.lines(theirs); !slices.Contains(got, "Patient/eve") || slices.Contains(got, "Patient/ann") {
			t.Errorf("the south practice's doctor exports %v", got)
		}
		at, files := ann.exports("/$export?_type=Patient,Condition")
		if got := ann.lines(files); !slices.Contains(got, "Condition/asthma") || slices.Contains(got, "Patient/bob") {
			t.Errorf("Ann exports %v", got)
		}
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		if got := ann.lines(files); slices.Contains(got, "Condition/asthma") || !slices.Contains(got, "Patient/ann") {
			t.Errorf("what is hidden since is fetched: %v", got)
		}
		if _, again := ann.exports("/$export?_type=Condition"); slices.Contains(ann.lines(again), "Condition/asthma") {
			t.Error("what is hidden is exported")
		}
		for _, path := range append(files, at) {
			for _, who := range []*client{doc, other, p.patient("bob")} {
				who.is(http.StatusNotFound, who.get(path))
			}
		}
		p.must(p.state.Revoke(t.Context(), ann.approval.ID))
		for _, path := range append(files, at) {
			ann.is(http.StatusUnauthorized, ann.get(path))
		}
	})
}
