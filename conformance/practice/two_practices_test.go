package practice_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/store/online"
)

// southern is what the south practice has besides its doctor: a room and a book.
func southern() []string {
	return []string{
		`{"resourceType":"Location","id":"s-room","name":"Room S","managingOrganization":{"reference":"Organization/south"}}`,
		`{"resourceType":"Schedule","id":"south","active":true,"actor":[{"reference":"Practitioner/other"},{"reference":"Location/s-room"}]}`,
	}
}

// D4: a patient books at the own practice only, by its rules, and what another's practice offers isn't there, also for a proxy of both.
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

// D9: what was filed for the wrong patient and corrected is nobody's online as it was before, and the first patient's in no version.
// Of a patient who went to another practice the last one sees nothing, whatever the record was while it was theirs.
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
