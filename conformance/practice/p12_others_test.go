package practice_test

import (
	"net/http"
	"strings"
	"testing"
)

// ofBob is a condition of Bob's that Ann has asserted, and so is in her compartment without being in her record.
const ofBob = `{"resourceType":"Condition","id":"told","subject":{"reference":"Patient/bob"},"asserter":{"reference":"Patient/ann"},"code":{"text":"Told by Ann"}}`

// TestD10_WhoOnlyAssertedAnEntryIsNotToldOfIt: nor of reads of it, nor of changes.
func TestD10_WhoOnlyAssertedAnEntryIsNotToldOfIt(t *testing.T) {
	on(t, func(p *practice) {
		p.load(ofBob)
		ann, bob, doc := p.patient("ann"), p.patient("bob"), p.staff()
		ann.is(http.StatusNotFound, ann.get("/Condition/told"))
		doc.is(http.StatusOK, doc.get("/Condition/told"))
		doc.is(http.StatusOK, doc.get("/Condition/told/_history"))
		doc.is(http.StatusOK, doc.put("/Condition/told", strings.Replace(ofBob, "Told by", "Told again by", 1)))
		bob.must(bob.audit.Flush(t.Context()))
		if text := bob.get("/AuditEvent?patient=Patient/bob&agent=Practitioner/doc").body; strings.Count(text, `"Condition/told`) < 3 {
			t.Errorf("Bob, whose it is, reads: %s", text)
		}
		doc.is(http.StatusNoContent, doc.delete("/Condition/told"))
		if text := ann.trail("&agent=Practitioner/doc"); strings.Contains(text, `"entity"`) {
			t.Errorf("Ann reads: %s", text)
		}
	})
}

// TestD2b_ALinkShowsNobodyTheTrailOfAnother: a Patient is in the compartment of the one that it is linked to (R4
// CompartmentDefinition/patient), and is another's record all the same.
func TestD2b_ALinkShowsNobodyTheTrailOfAnother(t *testing.T) {
	on(t, func(p *practice) {
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		text := ehr.is(http.StatusOK, ehr.get("/Patient/bob")).body
		linked := strings.Replace(text, `"resourceType":"Patient",`, `"resourceType":"Patient","link":[{"other":{"reference":"Patient/ann"},"type":"seealso"}],`, 1)
		ehr.is(http.StatusOK, ehr.put("/Patient/bob", linked))
		doc.is(http.StatusOK, doc.get("/Patient/bob"))
		doc.is(http.StatusOK, doc.get("/Patient/bob/_history"))
		if text := ann.trail(""); strings.Contains(text, "Patient/bob") {
			t.Errorf("Ann reads: %s", text)
		}
	})
}

// TestD9_WhatWasFiledForTheWrongPatientLeavesTheTrailToo: once it is corrected, the first patient isn't told of it any
// more, whenever it was read.
func TestD9_WhatWasFiledForTheWrongPatientLeavesTheTrailToo(t *testing.T) {
	on(t, func(p *practice) {
		const mine = `{"resourceType":"Condition","id":"wrong","subject":{"reference":"Patient/ann"},"code":{"text":"Bob's"}}`
		p.load(mine)
		ann, doc := p.patient("ann"), p.staff()
		doc.is(http.StatusOK, doc.get("/Condition/wrong"))
		if text := ann.trail("&agent=Practitioner/doc"); !strings.Contains(text, "Condition/wrong") {
			t.Fatalf("while it is hers she isn't told: %s", text)
		}
		doc.is(http.StatusOK, doc.get("/Condition/wrong")) // this isn't filed yet
		doc.is(http.StatusOK, doc.put("/Condition/wrong", strings.Replace(mine, "Patient/ann", "Patient/bob", 1)))
		doc.is(http.StatusOK, doc.get("/Condition/wrong/_history"))
		doc.is(http.StatusOK, doc.get("/Condition/wrong/_history/1"))
		if text := ann.trail("&agent=Practitioner/doc"); strings.Contains(text, "Condition/wrong") {
			t.Errorf("Ann reads: %s", text)
		}
		if text := doc.trail(""); !strings.Contains(text, "Condition/wrong/_history/1") {
			t.Errorf("staff don't read of it: %s", text)
		}
	})
}

// TestE2_WhatStaffSearchForIsNotRead whether the path is a type, a compartment or an operation; and nobody writes into
// another's trail.
func TestE2_WhatStaffSearchForIsNotRead(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, bob, doc := p.patient("ann"), p.patient("bob"), p.staff()
		for _, path := range []string{"/Condition?patient=ann&_id=asthma", "/Patient/ann/Condition?_id=asthma", "/Patient/ann/$everything?_type=Condition"} {
			doc.is(http.StatusOK, doc.get(path))
		}
		bob.get("/Patient/ann/Observation?code:text=insult")
		bob.get("/Observation?patient=ann&code:text=insult")
		bob.get("/Observation?patient=ann&insult=1")
		ann.must(ann.audit.Flush(t.Context()))
		for _, who := range []string{"Practitioner/doc", "Patient/bob"} {
			text := ann.get("/AuditEvent?_count=200&agent=" + who).body
			if strings.Contains(text, `"query"`) || who == "Patient/bob" && strings.Contains(text, "AuditEvent") && strings.Contains(text, `"entity"`) {
				t.Errorf("Ann reads of %s: %s", who, text)
			}
		}
	})
}

// TestP12_WhatWasDoneWithABinaryIsFiled, whose type is of several sections by no search of its own; and the patient
// isn't told of it.
func TestP12_WhatWasDoneWithABinaryIsFiled(t *testing.T) {
	on(t, func(p *practice) {
		p.load(`{"resourceType":"Binary","id":"scan","contentType":"text/plain","securityContext":{"reference":"Patient/ann"},"data":"c2Nhbg=="}`)
		doc := p.staff()
		doc.is(http.StatusOK, doc.get("/Binary/scan"))
		if text := doc.trail(""); !strings.Contains(text, "Binary/scan") {
			t.Errorf("staff don't read of it: %s", text)
		}
	})
}
