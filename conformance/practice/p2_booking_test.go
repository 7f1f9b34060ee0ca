package practice_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/store/online"
)

func TestP2_ABookingTakesItsSlot(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start), slot("b", "free", start.Add(slotLength)))
		ann, bob := p.patient("ann"), p.patient("bob")
		made := ann.booked(booking("ann", start, "a"))
		if made.key() == "" || made.header.Get("ETag") != `W/"1"` {
			t.Errorf("Location %q, ETag %q", made.header.Get("Location"), made.header.Get("ETag"))
		}
		p.slotIs("busy", "a")
		ann.sees("/Slot?status=free", "Slot/b")
		bob.refused("a slot that is taken", bob.post("/Appointment", booking("bob", start, "a")), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		ann.refused("one's own slot again", ann.post("/Appointment", booking("ann", start, "a")), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		bob.booked(booking("bob", start.Add(slotLength), "b"))
		bob.sees("/Appointment?status=booked&_elements=id", strings.TrimPrefix(bob.get("/Appointment").found()[0], "/"))
	})
}

func TestP2_WhatCantBeBookedIsRefusedAndTheSlotStaysFree(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		next, hour := start.Add(slotLength), start.Add(time.Hour)
		p.load(`{"resourceType":"Schedule","id":"nurse","actor":[{"reference":"Practitioner/nurse"}]}`,
			`{"resourceType":"Practitioner","id":"nurse"}`, role("nurse", "north"),
			slot("a", "free", start), slot("b", "free", next), slot("hour", "free", hour), slotOf("nurse", "n", "free", next),
			slot("blocked", "busy-unavailable", hour.Add(slotLength)), slot("past", "free", p.at(-time.Hour)),
			slot("soon", "free", p.at(30*time.Minute)), slot("far", "free", p.at(60*24*time.Hour)))
		ann := p.patient("ann")
		no := func(what, body string, status int, coding string) {
			t.Helper()
			ann.refused(what, ann.post("/Appointment", body), status, "", coding)
		}
		no("an unknown slot", booking("ann", start, "nowhere"), 422, "REFERENCE_NOT_FOUND")
		no("a past slot", booking("ann", p.at(-time.Hour), "past"), 422, "INVALID_RESOURCE")
		no("a slot too soon", booking("ann", p.at(30*time.Minute), "soon"), 422, "INVALID_RESOURCE")
		no("a slot too far ahead", booking("ann", p.at(60*24*time.Hour), "far"), 422, "INVALID_RESOURCE")
		no("a past slot by another time", booking("ann", start, "past"), 422, "REFERENCE_NOT_FOUND")
		no("another start", booking("ann", next, "a"), 422, "INVALID_RESOURCE")
		no("another end", visit("ann", start, next.Add(time.Minute), "a"), 422, "INVALID_RESOURCE")
		no("slots apart", visit("ann", start, hour.Add(slotLength), "a", "hour"), 422, "INVALID_RESOURCE")
		no("slots of two schedules", booking("ann", start, "a", "n"), 422, "INVALID_RESOURCE")
		no("a slot twice", booking("ann", start, "a", "a"), 422, "INVALID_RESOURCE")
		no("no slot", p.with(booking("ann", start), map[string]any{"slot": nil}), 422, "INVALID_RESOURCE")
		no("a blocked slot", booking("ann", hour.Add(slotLength), "blocked"), 409, "DUPLICATE_REJECTED")
		no("another's doctor", booking("ann", next, "n"), 422, "INVALID_RESOURCE")
		no("a state of the staff's", p.with(booking("ann", start, "a"), map[string]any{"status": "arrived"}), 422, "INVALID_RESOURCE")
		if a := ann.post("/Appointment", booking("bob", start, "a")); a.status != http.StatusForbidden {
			t.Errorf("for another patient: %d %s", a.status, a.body)
		}
		p.slotIs("free", "a", "b", "hour", "n", "past", "soon", "far")
		ann.booked(booking("ann", start, "b", "a")) // neighbours go together, in whatever order they are named
		p.slotIs("busy", "a", "b")
	})
}

func TestP2_WhatIsOutsideTheWindowIsAnsweredLikeWhatIsntThere(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("far", "free", p.at(60*24*time.Hour)), slot("far-busy", "busy", p.at(60*24*time.Hour)))
		ann := p.patient("ann")
		want := ann.post("/Appointment", booking("ann", start, "none")).body
		for _, id := range []string{"far", "far-busy"} {
			got := ann.post("/Appointment", booking("ann", start, id)).body
			if _, _, text := (answer{body: got}).issue(); !strings.Contains(want, strings.ReplaceAll(text, id, "none")) {
				t.Errorf("%s is told from what isn't there: %s\n%s", id, got, want)
			}
		}
	})
}

func TestP2_AMaximumOfAppointmentsToCome(t *testing.T) {
	on(t, func(p *practice) {
		rules := online.Defaults()
		rules.MaxFuture = 2
		p.set("Organization", "north", rules)
		start := p.at(48 * time.Hour)
		var many []string
		for i := range 8 {
			many = append(many, slot(fmt.Sprint("s", i), "free", start.Add(time.Duration(i)*slotLength)))
		}
		p.load(many...)
		book := func(c *client, patient string, i int) answer {
			return c.post("/Appointment", booking(patient, start.Add(time.Duration(i)*slotLength), fmt.Sprint("s", i)), "Prefer: return=representation")
		}
		ann := p.patient("ann")
		first := ann.is(http.StatusCreated, book(ann, "ann", 0))
		p.load(p.with(booking("ann", p.at(-time.Hour)), map[string]any{"id": "past", "slot": nil})) // what is past doesn't count
		// Of six at once one is let through, whoever of the two that may book for her asks.
		statuses := together(6, func(i int) int {
			c := ann
			if i%2 == 0 {
				c = p.proxy()
			}
			return book(c, "ann", i+1).status
		})
		if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 5 {
			t.Errorf("six at once: %v", statuses)
		}
		ann.refused("one too many", book(ann, "ann", 7), http.StatusConflict, "business-rule", "")
		p.staff().is(http.StatusCreated, book(p.staff(), "ann", 7)) // the limit is for patients
		ann.is(http.StatusOK, ann.patch("/"+first.key(), cancelling, first.version()))
		ann.refused("still as many as the staff has booked", book(ann, "ann", 0), http.StatusConflict, "business-rule", "")
	})
}

// Two practices alike but for a hidden appointment: the limit must not tell them apart (I2).
func TestP2_AHiddenAppointmentDoesntCount(t *testing.T) {
	on(t, func(p *practice) {
		rules := online.Defaults()
		rules.MaxFuture = 1
		p.set("Organization", "north", rules)
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start), slot("b", "free", start.Add(slotLength)), slot("c", "free", start.Add(2*slotLength)))
		staff, ann := p.staff(), p.patient("ann")
		secret := staff.booked(booking("ann", start, "a"))
		staff.is(http.StatusOK, staff.post("/"+secret.key()+"/$hide", because))
		ann.refused("the slot of the hidden one", ann.post("/Appointment", booking("ann", start, "a")), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		ann.booked(booking("ann", start.Add(slotLength), "b"))
		ann.refused("one too many", ann.post("/Appointment", booking("ann", start.Add(2*slotLength), "c")), http.StatusConflict, "business-rule", "")
	})
}

func TestP2_OfFiftyWhoBookOneSlotOneGetsIt(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start))
		clients := []*client{p.patient("ann"), p.patient("bob"), p.staff(), p.ehr()}
		got := together(50, func(i int) int {
			return clients[i%4].post("/Appointment", booking([]string{"ann", "bob"}[i%2], start, "a")).status
		})
		if got[http.StatusCreated] != 1 || got[http.StatusConflict] != 49 {
			t.Errorf("got %v", got)
		}
		if n := len(p.ehr().get("/Appointment").found()); n != 1 {
			t.Errorf("%d appointments", n)
		}
		p.slotIs("busy", "a")
	})
}

// Everyone books whatever is free still, until nothing is.
func TestP2_SixtyFourClientsBookAllThereIs(t *testing.T) {
	on(t, func(p *practice) {
		const clients, slots = 64, 100
		start := p.at(48 * time.Hour)
		var all []string
		for i := range slots {
			all = append(all, slot(fmt.Sprint("s", i), "free", start.Add(time.Duration(i)*slotLength)))
		}
		p.load(all...)
		staff := p.staff()
		together(clients, func(client int) int {
			for i := range slots {
				i = (i*7 + client) % slots // all have other plans, and meet again and again
				a := staff.post("/Appointment", booking([]string{"ann", "bob"}[client%2], start.Add(time.Duration(i)*slotLength), fmt.Sprint("s", i)))
				if a.status != http.StatusCreated && a.status != http.StatusConflict {
					t.Errorf("%d %s", a.status, a.body)
				}
				if i%10 == 0 && staff.get("/Slot?status=free&_count=1").found() == nil {
					break
				}
			}
			return 0
		})
		p.consistent(slots, slots)
	})
}

func TestP2_ARetryBooksNothingMore(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start))
		ann := p.patient("ann")
		mine := p.with(booking("ann", start, "a"), map[string]any{"identifier": []any{map[string]any{"system": "urn:app", "value": "1"}}})
		got := together(10, func(int) int {
			return ann.post("/Appointment", mine, "If-None-Exist: identifier=urn:app|1").status
		})
		if got[http.StatusCreated] != 1 || got[http.StatusOK] != 9 {
			t.Errorf("got %v", got)
		}
		if n := len(ann.get("/Appointment").found()); n != 1 {
			t.Errorf("%d appointments", n)
		}
	})
}

func TestP2_TwoEntriesOfATransactionDontShareASlot(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start), slot("b", "free", start.Add(slotLength)))
		both := transaction(post(booking("ann", start, "a")), post(booking("ann", start, "a")))
		ehr := p.ehr()
		ehr.refused("twice the same slot", ehr.post("/", both), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		p.slotIs("free", "a")
		if n := len(ehr.get("/Appointment").found()); n != 0 {
			t.Errorf("%d appointments", n)
		}
		ehr.is(http.StatusOK, ehr.post("/", transaction(post(booking("ann", start, "a")), post(booking("bob", start.Add(slotLength), "b")))))
		p.slotIs("busy", "a", "b")
	})
}

// The EHR keeps its own book here too, and sends it again and again, slots and appointments in any order.
func TestP2_TheEHRsOwnAppointmentsHaveTheirSlots(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		ehr, bob := p.ehr(), p.patient("bob")
		theirs := p.with(booking("ann", start, "a"), map[string]any{"id": "theirs"})
		send := func(path, body string) { t.Helper(); ehr.sent(ehr.put(path, body)) }
		send("/Appointment/theirs", theirs)                       // before its slot
		send("/Slot/a", slot("a", "free", start))                 // and the slot as if nobody had it
		p.slotIs("busy", "a")                                     // but it has
		send("/Appointment/theirs", theirs)                       // the same again
		send("/Slot/a", slot("a", "busy", start))                 //
		send("/Slot/b", slot("b", "busy", start.Add(slotLength))) // a slot before its appointment
		send("/Appointment/more", p.with(booking("bob", start.Add(slotLength), "b"), map[string]any{"id": "more"}))
		clash := ehr.put("/Appointment/clash", p.with(booking("bob", start, "a"), map[string]any{"id": "clash"}))
		ehr.refused("another in a slot that is taken", clash, http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		bob.refused("a patient in the EHR's slot", bob.post("/Appointment", booking("bob", start, "a")), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		send("/Appointment/theirs", p.with(theirs, map[string]any{"status": "cancelled"}))
		p.slotIs("free", "a")
		bob.booked(booking("bob", start, "a"))
		send("/Slot/a", slot("a", "free", start)) // the EHR doesn't know yet
		p.slotIs("busy", "a")
	})
}

// sent fails the story unless a PUT was taken.
func (c *client) sent(a answer) {
	c.Helper()
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		c.Errorf("%d %s", a.status, a.body)
	}
}
