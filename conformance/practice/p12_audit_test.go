package practice_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/access"
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

// TestP12_WhatAPatientReadsIsTheSameWhateverIsWithheld: of what others searched for the patient reads that they did if
// they named her, and never what was found; of a single entry, while it is open.
func TestP12_WhatAPatientReadsIsTheSameWhateverIsWithheld(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, doc := p.patient("ann"), p.staff()
		launched := p.person("doc", "ann", "patient/*.cruds")
		looks := func() {
			for _, c := range []*client{doc, launched} {
				for _, path := range []string{"/Condition?patient=ann", "/Condition?code:text=asthma", "/Observation?subject=Patient/ann&_include=*", "/Condition/_history", "/?_type=Condition,Observation&_lastUpdated=gt2020",
					"/Patient/ann/$everything", "/Patient/ann/Condition", "/Patient?_revinclude=Condition:patient&_id=ann"} {
					c.is(http.StatusOK, c.get(path))
				}
			}
		}
		reads := func() { doc.is(http.StatusOK, doc.get("/Condition/asthma")) }
		told := func() []string {
			p.must(p.audit.Flush(t.Context()))
			return ann.events("/AuditEvent?patient=Patient/ann&_count=1000&agent=Practitioner/doc&_elements=subtype,entity")
		}
		looks()
		open := told()
		reads()
		if len(told()) != len(open)+1 {
			t.Errorf("a read of what is open isn't told: %v", told())
		}
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.None}})
		if closed := told(); !slices.Equal(closed, open) {
			t.Errorf("with the section closed:\n%v\nbefore anyone read the entry:\n%v", closed, open)
		}
		looks()
		if got := told(); len(got) != 2*len(open) || strings.Contains(strings.Join(got, ""), "Condition\",\"valueString") {
			t.Errorf("what was done while it is closed is told otherwise: %v", got)
		}
		p.set("Patient", "ann", online.Person{From: p.clock.now()})
		doc.is(http.StatusOK, doc.get("/Patient/ann"))
		if reads(); len(told()) != 1 {
			t.Errorf("what was added too early is told of: %v", told())
		}
		p.set("Patient", "ann", online.Person{})
		if got := told(); len(got) != 2*len(open)+3 {
			t.Errorf("what is open again isn't told of: %v", got)
		}
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		if got := told(); len(got) != 2*len(open)+1 {
			t.Errorf("what is hidden is told of: %v", got)
		}
		// Who asks for it by its id isn't told either, and staff see all.
		p.must(p.audit.Flush(t.Context()))
		staffs := doc.is(http.StatusOK, doc.get("/AuditEvent?patient=Patient/ann&entity=Condition/asthma")).found()
		if len(staffs) == 0 {
			t.Fatal("staff don't read of it")
		}
		ann.is(http.StatusNotFound, ann.get("/"+staffs[0]))
		ann.is(http.StatusNotFound, ann.get("/"+staffs[0]+"/_history"))
	})
}
