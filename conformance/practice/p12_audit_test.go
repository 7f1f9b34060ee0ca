package practice_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/store/online"
)

// trail is what a search for AuditEvents finds, as text; of Ann unless it says otherwise.
func (c *client) trail(query string) string {
	c.Helper()
	c.must(c.audit.Flush(c.Context()))
	return c.is(http.StatusOK, c.get("/AuditEvent?_count=200&patient=Patient/ann"+query)).body
}

func TestP12_APatientReadsWhoLookedAndNothingThatBetraysAHiddenEntry(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		doc.is(http.StatusOK, doc.get("/Observation/weight"))
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		doc.is(http.StatusOK, doc.get("/Condition/asthma"))
		doc.is(http.StatusOK, doc.get("/Condition/asthma/_history"))
		doc.is(http.StatusOK, doc.get("/Condition?patient=ann"))
		ehr.is(http.StatusOK, ehr.put("/Condition/asthma", chart[0]))
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", parameters("results-at-once", "Boolean", "true")))
		doc.is(http.StatusOK, doc.get("/Patient/ann/$online-access"))
		own := ann.trail("")
		if !strings.Contains(own, "Observation/weight") {
			t.Errorf("who looked at what can be seen isn't told: %s", own)
		}
		for _, betrays := range []string{"asthma", "Condition", "$hide", "online-access", "third person", "NOPAT"} {
			if strings.Contains(own, betrays) {
				t.Errorf("the patient reads of %q: %s", betrays, own)
			}
		}
		all := doc.trail("")
		for _, told := range []string{"Condition/asthma", "it names a third person", "Observation/weight"} {
			if !strings.Contains(all, told) {
				t.Errorf("staff don't read of %q", told)
			}
		}
	})
}

func TestP12_AnotherPatientsTrailIsNotThere(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		doc := p.staff()
		doc.is(http.StatusOK, doc.get("/Observation/weight"))
		if text := p.patient("bob").trail(""); strings.Contains(text, "weight") {
			t.Errorf("Bob reads: %s", text)
		}
	})
}

func TestP12_ThePracticeCanSwitchTheViewOff(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc := p.patient("ann"), p.staff()
		ann.trail("")
		doc.is(http.StatusOK, doc.post("/Organization/north/$online-access", parameters("audit-view", "Boolean", "false")))
		ann.is(http.StatusForbidden, ann.get("/AuditEvent?patient=Patient/ann"))
		decided, err := online.OfPractice(t.Context(), p.store.Records(), "north")
		p.must(err)
		if decided.AuditView {
			t.Error("it wasn't kept")
		}
	})
}
