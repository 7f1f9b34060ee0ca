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
