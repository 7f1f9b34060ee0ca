package practice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// byNumber is what a practice's own system sends of Ann's, by its own number: the server's id it doesn't know.
func byNumber(number, text string) entry {
	return entry{method: "PUT", url: "Condition?identifier=urn:ehr|" + number, body: fmt.Sprintf(
		`{"resourceType":"Condition","identifier":[{"system":"urn:ehr","value":%q}],"subject":{"reference":"Patient/ann"},"code":{"text":%q}}`, number, text)}
}

const provenance = `{"fullUrl":"urn:uuid:5f0c0d4e-9f0a-4d51-9d2a-6d1c8f6f9c01","request":{"method":"POST","url":"Provenance"},"resource":{"resourceType":"Provenance",` +
	`"target":[{"reference":"urn:uuid:5f0c0d4e-9f0a-4d51-9d2a-6d1c8f6f9c02"}],"recorded":"2026-03-01T09:00:00Z","agent":[{"who":{"reference":"Organization/north"}}]}}`

// withProvenance is a transaction of one entry and of who says so.
func withProvenance(e entry) string {
	one := strings.Replace(transaction(e), `"entry":[{`, `"entry":[{"fullUrl":"urn:uuid:5f0c0d4e-9f0a-4d51-9d2a-6d1c8f6f9c02",`, 1)
	return strings.TrimSuffix(one, "]}") + "," + provenance + "]}"
}

// current are the resources of the system's numbers, by "Condition/id".
func (c *client) current(number string) []string {
	c.Helper()
	return c.is(http.StatusOK, c.get("/Condition?identifier="+url.QueryEscape("urn:ehr|"+number))).found()
}

func TestP14_AnEHRKeepsTheRecordInStepByItsOwnNumbers(t *testing.T) {
	on(t, func(p *practice) {
		ehr, ann := p.ehr(), p.patient("ann")
		before := p.clock.now().UTC().Format(time.RFC3339Nano)
		for n, want := range []struct{ text, version string }{{"Asthma", `W/\"1\"`}, {"Asthma, mild", `W/\"2\"`}} {
			a := ehr.is(http.StatusOK, ehr.post("/", withProvenance(byNumber("1", want.text))))
			if !strings.Contains(a.body, want.version) {
				t.Errorf("sent for the %d. time: %s", n+1, a.body)
			}
		}
		keys := ehr.current("1")
		if len(keys) != 1 {
			t.Fatalf("one number has %v", keys)
		}
		ehr.sees("/Condition?_has:Provenance:target:agent=Organization/north", keys...)
		if got := ehr.get("/Provenance?target=" + keys[0]).found(); len(got) != 2 {
			t.Errorf("who said so: %v", got)
		}
		if a := ann.is(http.StatusOK, ann.get("/"+keys[0])); !strings.Contains(a.body, "mild") {
			t.Errorf("the patient reads: %s", a.body)
		}
		if got := ehr.is(http.StatusOK, ehr.get("/Condition/_history?_since="+before)).found(); len(got) != 2 {
			t.Errorf("what has changed: %v", got)
		}
		// Its tombstone is in the history, and the number is free again.
		ehr.is(http.StatusNoContent, ehr.delete("/Condition?identifier="+url.QueryEscape("urn:ehr|1")))
		var history struct {
			Entry []struct {
				Request  struct{ Method string }
				Resource json.RawMessage
			}
		}
		p.must(json.Unmarshal([]byte(ehr.is(http.StatusOK, ehr.get("/Condition/_history?_since="+before)).body), &history))
		if len(history.Entry) != 3 || history.Entry[0].Request.Method != "DELETE" || history.Entry[0].Resource != nil {
			t.Errorf("deleted: %+v", history.Entry)
		}
		ehr.is(http.StatusGone, ehr.get("/"+keys[0]))
		ann.is(http.StatusGone, ann.get("/"+keys[0]))
		ehr.is(http.StatusOK, ehr.post("/", transaction(byNumber("1", "Asthma again"))))
		if again := ehr.current("1"); len(again) != 1 || again[0] == keys[0] {
			t.Errorf("sent after it was deleted: %v", again)
		}
	})
}

func TestP14_TwentyAtOnceMakeOneResource(t *testing.T) {
	on(t, func(p *practice) {
		ehr := p.ehr()
		e := byNumber("7", "Eczema")
		got := together(20, func(int) int { return ehr.put("/"+e.url, e.body).status })
		if got[http.StatusCreated] != 1 || got[http.StatusOK] != 19 {
			t.Errorf("twenty identical updates were answered %v", got)
		}
		keys := ehr.current("7")
		if len(keys) != 1 {
			t.Fatalf("there are %v", keys)
		}
		if a := ehr.get("/" + keys[0]); a.header.Get("ETag") != `W/"1"` {
			t.Errorf("twenty identical updates are one version, and this is %s", a.header.Get("ETag"))
		}
	})
}

func TestP14_ABundleWithABadEntryStoresNothingAndNamesIt(t *testing.T) {
	on(t, func(p *practice) {
		ehr := p.ehr()
		var entries []entry
		for n := range 10 {
			entries = append(entries, byNumber(fmt.Sprint("b", n), "Fine"))
		}
		entries[6].body = strings.Replace(entries[6].body, `"code":{`, `"clinicalStatus":"active","code":{`, 1)
		a := ehr.post("/", transaction(entries...))
		if a.status < 400 || a.status >= 500 || !strings.Contains(a.body, "Bundle.entry[6]") || strings.Contains(a.body, "entry[5]") || strings.Contains(a.body, "entry[7]") {
			t.Errorf("%d %s", a.status, a.body)
		}
		ehr.sees("/Condition")
		// One that R4 allows and a rule refuses is named, too.
		entries[6] = entry{method: "PUT", url: "Slot/x", body: slot("x", "free", p.at(time.Hour))}
		taken := booking("ann", p.at(time.Hour), "x")
		entries[7], entries[8] = post(taken), post(taken)
		if a := ehr.post("/", transaction(entries...)); a.status != http.StatusConflict || !strings.Contains(a.body, "Bundle.entry[8]") {
			t.Errorf("%d %s", a.status, a.body)
		}
		ehr.sees("/Condition")
		ehr.is(http.StatusNotFound, ehr.get("/Slot/x"))
	})
}
