package practice_test

import (
	"net/http"
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
