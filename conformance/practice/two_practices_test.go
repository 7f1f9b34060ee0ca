package practice_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/handlers/smart/state"
	"frontdesk/store/online"
)

// southern is what the south practice has besides its doctor: a room and a book.
func southern() []string {
	return []string{
		`{"resourceType":"Location","id":"s-room","name":"Room S","managingOrganization":{"reference":"Organization/south"}}`,
		`{"resourceType":"Schedule","id":"south","active":true,"actor":[{"reference":"Practitioner/other"},{"reference":"Location/s-room"}]}`,
	}
}

// D4: a patient books at the own practice only, by its rules, and what another's practice offers isn't there, also for
// a proxy of both.
func TestD4_APatientBooksAtTheOwnPracticeOnly(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		rules := online.Defaults()
		rules.BookingWindow = online.Duration(24 * time.Hour)
		p.set("Organization", "south", rules)
		p.load(southern()...)
		p.load(slot("n", "free", start), slotOf("south", "s", "free", start), slotOf("south", "s-next", "free", p.at(12*time.Hour)),
			`{"resourceType":"Schedule","id":"nobody","actor":[{"reference":"Practitioner/stranger"}]}`, slotOf("nobody", "x", "free", start))
		of := func(patient, slot string) string {
			return p.with(booking(patient, start, slot), map[string]any{"participant": []any{
				map[string]any{"actor": map[string]any{"reference": "Patient/" + patient}, "status": "accepted"}}})
		}
		ann, eve := p.patient("ann"), p.patient("eve")
		for _, other := range []string{"s", "x", "s-next"} {
			ann.refused("a slot of "+other, ann.post("/Appointment", of("ann", other)), 422, "not-found", "REFERENCE_NOT_FOUND")
			ann.refused("a look at "+other, ann.get("/Slot/"+other), http.StatusNotFound, "not-found", "")
		}
		eve.refused("north's slot", eve.post("/Appointment", of("eve", "n")), 422, "business-rule", "INVALID_RESOURCE")
		eve.refused("too far ahead by south's rules", eve.post("/Appointment", of("eve", "s")), 422, "business-rule", "INVALID_RESOURCE")
		p.slotIs("free", "n", "s", "s-next", "x")
		ann.sees("/Slot", "Slot/n")
		eve.sees("/Slot", "Slot/s-next")
		ann.booked(of("ann", "n"))
	})
}

// P1: on a day on which the practice is closed nothing is offered.
func TestP1_ClosedDaysDontShow(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(5 * 24 * time.Hour)
		rules := online.Defaults()
		rules.Closed = []string{start.Format(time.DateOnly), "2020-01-01"}
		p.set("Organization", "north", rules)
		p.load(slot("closed", "free", start), slot("open", "free", start.Add(24*time.Hour)))
		p.patient("ann").sees("/Slot", "Slot/open")
		p.staff().sees("/Slot", "Slot/closed", "Slot/open")
	})
}

// D9: what was filed for the wrong patient and corrected is nobody's online as it was before, and the first patient's
// in no version. Of a patient who went to another practice the last one sees nothing, whatever the record was while it
// was theirs.
func TestD9_WhatWasFiledForTheWrongPatientIsNobodysOnline(t *testing.T) {
	on(t, func(p *practice) {
		letter := func(patient string) string {
			return `{"resourceType":"Condition","id":"c","code":{"text":"for ` + patient + `"},"subject":{"reference":"Patient/` + patient + `"}}`
		}
		p.load(letter("ann"))
		p.load(letter("bob"))
		p.load(p.with(letter("bob"), map[string]any{"recordedDate": "2026-01-01"}))
		ann, bob, doc := p.patient("ann"), p.patient("bob"), p.staff()
		for _, path := range []string{"/Condition/c", "/Condition/c/_history/1", "/Condition/c/_history/2", "/Condition/c/_history"} {
			ann.refused("the first patient's "+path, ann.get(path), http.StatusNotFound, "not-found", "")
			doc.is(http.StatusOK, doc.get(path))
		}
		bob.refused("the version before", bob.get("/Condition/c/_history/1"), http.StatusNotFound, "not-found", "")
		bob.is(http.StatusOK, bob.get("/Condition/c/_history/2"))
		for _, who := range []*client{ann, bob} {
			for _, path := range []string{"/Condition/_history", "/_history", "/Condition/c/_history"} {
				if a := who.get(path); strings.Contains(a.body, "for ann") || who == ann && strings.Contains(a.body, "for bob") {
					t.Errorf("%s tells of it: %s", path, a.body)
				}
			}
		}
		south := p.person("other", "", "user/*.cruds")
		p.load(patient("bob", "south"))
		for _, path := range []string{"/Patient/bob", "/Patient/bob/_history/1", "/Patient/bob/_history", "/Condition/c", "/Condition/c/_history/2"} {
			doc.refused("of the last practice "+path, doc.get(path), http.StatusNotFound, "not-found", "")
		}
		south.is(http.StatusOK, south.get("/Patient/bob/_history/2"))
		south.is(http.StatusOK, south.get("/Condition/c/_history/3"))
		south.refused("what it was at the last practice", south.get("/Patient/bob/_history/1"), http.StatusNotFound, "not-found", "")
	})
}

// D5: staff give nothing of another practice's away, and take nothing for their own.
func TestD5_NothingIsGivenToAnotherPractice(t *testing.T) {
	on(t, func(p *practice) {
		p.load(southern()...)
		p.load(`{"resourceType":"Location","id":"park","name":"A place of nobody's"}`, `{"resourceType":"HealthcareService","id":"s-clinic","providedBy":{"reference":"Organization/south"}}`)
		doc, start := p.staff(), p.at(48*time.Hour)
		diary := func(actors ...string) string {
			return p.with(`{"resourceType":"Schedule","actor":[{"reference":"Location/room"}]}`, map[string]any{"actor": refs(append([]string{"Location/room"}, actors...)...)})
		}
		service := func(members map[string]any) string {
			return p.with(`{"resourceType":"HealthcareService","providedBy":{"reference":"Organization/north"}}`, members)
		}
		for what, write := range map[string][2]string{
			"a diary of another's doctor":       {"/Schedule", diary("Practitioner/other")},
			"a diary of another's role":         {"/Schedule", diary("PractitionerRole/other")},
			"a diary of another's room":         {"/Schedule", diary("Location/s-room")},
			"a diary of another's service":      {"/Schedule", diary("HealthcareService/s-clinic")},
			"a diary of nothing that is here":   {"/Schedule", diary("Location/nowhere")},
			"a service in another's room":       {"/HealthcareService", service(map[string]any{"location": refs("Location/s-room")})},
			"a room in another's":               {"/Location", `{"resourceType":"Location","managingOrganization":{"reference":"Organization/north"},"partOf":{"reference":"Location/s-room"}}`},
			"a role in another's room":          {"/PractitionerRole", p.with(role("doc", "north"), map[string]any{"id": nil, "location": refs("Location/s-room")})},
			"a patient with another as doctors": {"/Patient", p.with(patient("new", "north"), map[string]any{"id": nil, "generalPractitioner": refs("Organization/south")})},
			"a patient of another's doctor":     {"/Patient", p.with(patient("new", "north"), map[string]any{"id": nil, "generalPractitioner": refs("PractitionerRole/other")})},
		} {
			doc.refused(what, doc.post(write[0], write[1]), 422, "not-found", "REFERENCE_NOT_FOUND")
		}
		for _, a := range []answer{doc.post("/Slot", slotOf("south", "x", "free", start)), doc.put("/Schedule/south", p.with(diary("Practitioner/other"), map[string]any{"id": "south"}))} {
			if a.status < 400 {
				t.Errorf("a slot or diary of another's: %d %s", a.status, a.body)
			}
		}
		doc.is(http.StatusCreated, doc.post("/HealthcareService", service(map[string]any{"location": refs("Location/room", "Location/park")})))
		own := doc.is(http.StatusCreated, doc.post("/Schedule", diary("Practitioner/doc"))).key()
		doc.refused("another's doctor as well", doc.patch("/"+own, `[{"op":"add","path":"/actor/-","value":{"reference":"Practitioner/other"}}]`), 422, "not-found", "REFERENCE_NOT_FOUND")
		// What a system has shared stays to be worked with.
		p.load(p.with(patient("bob", "north"), map[string]any{"generalPractitioner": refs("Organization/south")}))
		doc.is(http.StatusOK, doc.patch("/Patient/bob", `[{"op":"add","path":"/gender","value":"male"}]`))
	})
}

// D12: a practice claims nobody of the directory, and who works at two is changed and deleted by neither.
func TestD12_NobodyOfTheDirectoryIsClaimedNorDeletedForAnother(t *testing.T) {
	on(t, func(p *practice) {
		p.load(`{"resourceType":"Practitioner","id":"free"}`, `{"resourceType":"Practitioner","id":"both"}`, p.with(role("both", "north"), map[string]any{"id": "bn"}),
			p.with(role("both", "south"), map[string]any{"id": "bs"}), `{"resourceType":"Schedule","id":"s-both","actor":[{"reference":"Practitioner/both"}]}`)
		doc := p.staff()
		for _, who := range []string{"free", "other", "nobody"} {
			if a := doc.post("/PractitionerRole", p.with(role(who, "north"), map[string]any{"id": nil})); a.status != http.StatusForbidden {
				t.Errorf("%s is claimed: %d %s", who, a.status, a.body)
			}
		}
		if a := doc.delete("/Practitioner/both"); a.status != http.StatusForbidden {
			t.Errorf("deleted for the other practice: %d", a.status)
		}
		if a := doc.patch("/Practitioner/both", `[{"op":"add","path":"/active","value":false}]`); a.status != http.StatusForbidden {
			t.Errorf("changed for the other practice: %d", a.status)
		}
		doc.refused("a diary that is either's", doc.get("/Schedule/s-both"), http.StatusNotFound, "not-found", "")
		doc.is(http.StatusOK, doc.get("/Practitioner/both"))
		doc.is(http.StatusCreated, doc.post("/PractitionerRole", p.with(role("both", "north"), map[string]any{"id": nil})))
		doc.is(http.StatusNoContent, doc.delete("/PractitionerRole/bn"))
		doc.is(http.StatusOK, doc.patch("/Practitioner/doc", `[{"op":"add","path":"/active","value":true}]`))
	})
}

// D17: levels are for the pair of proxy and patient: who is moved to another patient's record has nothing there until
// it is decided.
func TestD17_LevelsOfAProxyAreForOnePatientsRecord(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		doc, dad := p.staff(), p.proxy()
		open := `{"resourceType":"Parameters","parameter":[{"name":"section","part":[{"name":"name","valueCode":"appointments"},{"name":"level","valueCode":"view"}]}]}`
		doc.is(http.StatusOK, doc.post("/RelatedPerson/dad/$online-access", open))
		dad.is(http.StatusOK, dad.get("/Appointment"))
		moved := `{"resourceType":"RelatedPerson","id":"dad","active":true,"patient":{"reference":"Patient/bob"}}`
		doc.is(http.StatusOK, doc.put("/RelatedPerson/dad", moved))
		other := p.person("dad", "bob", "patient/*.cruds user/*.cruds")
		for _, c := range []*client{dad, other} {
			if a := c.get("/Patient/bob"); a.status < 400 {
				t.Errorf("levels for Ann's record open Bob's: %s", a.body)
			}
		}
		if a := doc.is(http.StatusOK, doc.get("/RelatedPerson/dad/$online-access")); strings.Contains(a.body, "appointments") {
			t.Errorf("staff read levels that don't count: %s", a.body)
		}
		doc.is(http.StatusOK, doc.post("/RelatedPerson/dad/$online-access", open))
		other.is(http.StatusOK, other.get("/Patient/bob"))
	})
}

// D17: a system that may read and change Patients learns by that of no reduced view: that has a scope of its own.
func TestD17_TheSaferViewIsKnownByAScopeOfItsOwn(t *testing.T) {
	on(t, func(p *practice) {
		safer := `{"resourceType":"Parameters","parameter":[{"name":"safer","part":[{"name":"name","valueCode":"appointments"},{"name":"level","valueCode":"view"}]}]}`
		doc, ehr := p.staff(), p.ehr()
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", safer))
		if a := ehr.is(http.StatusOK, ehr.get("/Patient/ann/$online-access")); strings.Contains(a.body, "safer") {
			t.Errorf("any system learns who is at risk: %s", a.body)
		}
		ehr.is(http.StatusBadRequest, ehr.post("/Patient/ann/$online-access", safer))
		ehr.is(http.StatusOK, ehr.post("/Patient/ann/$online-access", parameters("suspended", "Boolean", "false")))
		allowed := p.approved(state.Approval{Client: "app", Subject: "ehr", Scopes: "system/*.cruds safer-view"})
		for _, c := range []*client{doc, allowed} {
			if a := c.is(http.StatusOK, c.get("/Patient/ann/$online-access")); !strings.Contains(a.body, "safer") {
				t.Errorf("who may know doesn't read of it: %s", a.body)
			}
		}
	})
}
