package practice_test

import (
	"net/http"
	"testing"
	"time"

	"frontdesk/store/online"
)

// D12: who has a general practitioner by a role alone is registered where that role is: sees and books its slots, by
// its rules, writes to it, and is its patient no longer when the role has ended or moved.
func TestD12_APatientOfARoleIsAPatientOfItsPractice(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(southern()...)
		p.load(slot("n", "free", start), slotOf("south", "s", "free", start), `{"resourceType":"Patient","id":"bob",`+
			`"generalPractitioner":[{"reference":"Practitioner/doc"},{"reference":"PractitionerRole/gp"}]}`,
			`{"resourceType":"Practitioner","id":"gp"}`, role("gp", "north"))
		rules := online.Defaults()
		rules.MaxFuture = 1
		p.set("Organization", "north", rules)
		bob := p.patient("bob")
		bob.sees("/Slot", "Slot/n")
		bob.booked(booking("bob", start, "n"))
		bob.sends(p.message("Patient/bob", "bob", "Hello", nil))
		p.staff().is(http.StatusOK, p.staff().get("/Patient/bob"))
		p.load(role("gp", "south"))
		bob.sees("/Slot", "Slot/s")
		p.load(p.with(role("gp", "south"), map[string]any{"active": false}))
		if found := bob.get("/Slot").found(); len(found) > 0 {
			t.Errorf("a patient of nobody sees %v", found)
		}
		if a := bob.post("/Communication", p.message("Patient/bob", "bob", "Hello", nil)); a.status < 400 {
			t.Errorf("a message that nobody reads: %s", a.body)
		}
	})
}
