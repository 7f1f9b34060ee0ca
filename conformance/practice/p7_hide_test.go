package practice_test

import (
	"net/http"
	"strings"
	"testing"
)

// parameters are a Parameters resource of name, kind of value, and value as JSON: "reason", "String", `"because"`.
func parameters(of ...string) string {
	if len(of) == 0 {
		return `{"resourceType":"Parameters"}`
	}
	var all []string
	for i := 0; i+2 < len(of); i += 3 {
		all = append(all, `{"name":"`+of[i]+`","value`+of[i+1]+`":`+of[i+2]+`}`)
	}
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(all, ",") + `]}`
}

var because = parameters("reason", "String", `"it names a third person"`)

// hidden asserts that a client can't tell a resource from one that never was.
func (c *client) hidden(typ, id string) {
	c.Helper()
	for _, path := range []string{"/ID", "/ID/_history", "/ID/_history/1", "?_id=ID", "?_id=ID&_summary=count"} {
		got := c.get("/" + typ + strings.ReplaceAll(path, "ID", id))
		never := strings.Repeat("z", len(id))
		want := c.get("/" + typ + strings.ReplaceAll(path, "ID", never))
		text := func(a answer) string {
			a.body = strings.ReplaceAll(strings.ReplaceAll(a.body, id, never), a.header.Get("X-Request-Id"), "reference")
			return a.header.Get("ETag") + a.body
		}
		if got.status != want.status || text(got) != text(want) {
			c.Errorf("%s: %d %s; of what never was %d %s", path, got.status, text(got), want.status, text(want))
		}
	}
}

func TestP7_AHiddenEntryIsAsIfItHadNeverBeen(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		ann.is(http.StatusOK, ann.get("/Condition/asthma"))
		doc.is(http.StatusBadRequest, doc.post("/Condition/asthma/$hide", parameters()))
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		ann.hidden("Condition", "asthma")
		p.proxy().hidden("Condition", "asthma")
		ann.sees("/Condition")
		ehr.is(http.StatusOK, ehr.put("/Condition/asthma", strings.Replace(chart[0], "Asthma", "Asthma, seasonal", 1)))
		ann.hidden("Condition", "asthma")
		doc.sees("/Condition", "Condition/asthma")
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$unhide", parameters()))
		if a := ann.is(http.StatusOK, ann.get("/Condition/asthma")); a.header.Get("ETag") != `W/"2"` {
			t.Errorf("to hide and to show made versions: %s", a.header.Get("ETag"))
		}
	})
}

func TestP7_OnlyStaffOfThePracticeHide(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		for what, c := range map[string]*client{"the patient": p.patient("ann"), "another patient": p.patient("bob"), "a proxy": p.proxy()} {
			for _, id := range []string{"asthma", "nothing"} { // refused before anything is looked up
				if a := c.post("/Condition/"+id+"/$hide", because); a.status != http.StatusForbidden {
					t.Errorf("%s: %d", what, a.status)
				}
			}
		}
		other := p.person("other", "", "user/*.cruds")
		other.is(http.StatusNotFound, other.post("/Condition/asthma/$hide", because))
		p.patient("ann").is(http.StatusOK, p.patient("ann").get("/Condition/asthma"))
	})
}

func TestP7_WhatRefersToAHiddenEntryIsServedAsIfItDidNot(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		p.load(`{"resourceType":"DiagnosticReport","id":"report","status":"final","code":{"text":"Blood"},"subject":{"reference":"Patient/ann"},"performer":[{"reference":"Practitioner/doc"}],
			"result":[{"reference":"Observation/hba1c","display":"HbA1c"},{"reference":"Observation/weight"}]}`,
			`{"resourceType":"List","id":"list","status":"current","mode":"working","subject":{"reference":"Patient/ann"},"entry":[{"item":{"reference":"Condition/asthma"}},{"item":{"reference":"Observation/weight"}}]}`,
			// The report as it is where there is no such result.
			`{"resourceType":"DiagnosticReport","id":"without","status":"final","code":{"text":"Blood"},"subject":{"reference":"Patient/ann"},"performer":[{"reference":"Practitioner/doc"}],
			"result":[{"reference":"Observation/weight"}]}`)
		ann, doc := p.patient("ann"), p.staff()
		doc.is(http.StatusOK, doc.post("/Observation/hba1c/$hide", because))
		_, want, _ := strings.Cut(ann.is(http.StatusOK, ann.get("/DiagnosticReport/without")).body, `"status"`) // when it came tells nothing
		for _, path := range []string{"/DiagnosticReport/report", "/DiagnosticReport/report/_history/1"} {
			a := ann.is(http.StatusOK, ann.get(path))
			if _, got, _ := strings.Cut(a.body, `"status"`); got != want || a.header.Get("ETag") != `W/"1"` {
				t.Errorf("%s: %s, want %s", path, a.body, want)
			}
		}
		for _, path := range []string{"/DiagnosticReport?_include=*", "/DiagnosticReport/report/_history", "/DiagnosticReport/_history", "/Patient/ann/$everything",
			"/DiagnosticReport?_elements=result", "/List", "/Patient/ann/*", "/Observation?_revinclude=DiagnosticReport:result"} {
			if a := ann.get(path); a.status != http.StatusOK || strings.Contains(a.body, "hba1c") || strings.Contains(a.body, "HbA1c") || !strings.Contains(a.body, "Observation/weight") {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
		// Nor does a search find by it, for who knows the id.
		ann.sees("/DiagnosticReport?result=Observation/hba1c")
		ann.sees("/DiagnosticReport?result=hba1c")
		ann.sees("/DiagnosticReport?result=weight", "DiagnosticReport/report", "DiagnosticReport/without")
		doc.sees("/DiagnosticReport?result=hba1c", "DiagnosticReport/report")
		doc.is(http.StatusOK, doc.post("/Observation/weight/$hide", because))
		ann.sees("/DiagnosticReport?result:missing=true", "DiagnosticReport/report", "DiagnosticReport/without")
		ann.sees("/DiagnosticReport?result:missing=false")
		doc.sees("/DiagnosticReport?result:missing=true")
		if a := doc.get("/DiagnosticReport/report"); !strings.Contains(a.body, "HbA1c") {
			t.Errorf("staff see: %s", a.body)
		}
	})
}
