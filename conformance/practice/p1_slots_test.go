package practice_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/store/online"
)

func TestP1_APatientFindsFreeSlotsWithWhoseTheyAre(t *testing.T) {
	on(t, func(p *practice) {
		given := p.at(48 * time.Hour)
		p.load(slot("before", "free", given.Add(-slotLength)), slot("first", "free", given), slot("second", "busy", given.Add(slotLength)),
			slot("third", "free", given.Add(2*slotLength)), slot("across", "free", given.Add(3*slotLength)))
		search := func(from, until time.Time) string {
			return fmt.Sprintf("/Slot?status=free&start=ge%s&end=le%s&_include=Slot:schedule&_include:iterate=Schedule:actor:Practitioner",
				from.Format("2006-01-02T15:04:05Z"), until.Format("2006-01-02T15:04:05Z"))
		}
		for _, who := range []*client{p.patient("ann"), p.proxy()} {
			// the range ends in the middle of the fourth, which is no answer: it has to be wholly inside
			who.sees(search(given, given.Add(35*time.Minute)), "Slot/first", "Slot/third", "Schedule/book", "Practitioner/doc")
			nothing := who.is(http.StatusOK, who.get(search(given.Add(slotLength), given.Add(2*slotLength))))
			if !strings.Contains(nothing.body, `"searchset"`) || nothing.found() != nil {
				t.Errorf("nothing is free, and the answer is %s", nothing.body)
			}
		}
	})
}

func TestP1_APatientSeesSlotsOfTheBookingWindowOnly(t *testing.T) {
	on(t, func(p *practice) {
		rules := online.Defaults()
		rules.BookingEmbargo, rules.BookingWindow = online.Duration(2*time.Hour), online.Duration(7*24*time.Hour)
		p.set("Organization", "north", rules)
		p.load(slot("past", "free", p.at(-time.Hour)), slot("soon", "free", p.at(90*time.Minute)), slot("next", "free", p.at(3*time.Hour)),
			slot("last", "free", p.at(6*24*time.Hour)), slot("far", "free", p.at(8*24*time.Hour)))
		p.load(southern()...)
		p.load(slotOf("south", "s-soon", "free", p.at(90*time.Minute)), slotOf("south", "s-far", "free", p.at(8*24*time.Hour)))
		ann, eve := p.patient("ann"), p.patient("eve") // Eve's practice has the default window
		ann.sees("/Slot?status=free", "Slot/next", "Slot/last")
		ann.sees("/Slot?status=free&_id=soon,far")
		ann.refused("a slot outside", ann.get("/Slot/far"), http.StatusNotFound, "not-found", "")
		eve.sees("/Slot?status=free", "Slot/s-soon", "Slot/s-far")
		eve.sees("/Schedule", "Schedule/south")
		p.staff().sees("/Slot?status=free", "Slot/past", "Slot/soon", "Slot/next", "Slot/last", "Slot/far")
		p.clock.pass(2 * time.Hour)
		ann.sees("/Slot?status=free", "Slot/last") // what was next has come too near
		p.clock.pass(24 * time.Hour)
		ann.sees("/Slot?status=free", "Slot/last", "Slot/far")
	})
}
