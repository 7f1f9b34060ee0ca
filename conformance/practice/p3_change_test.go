package practice_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/store/online"
)

// cancelling is the JSON Patch that cancels an appointment.
const cancelling = `[{"op":"replace","path":"/status","value":"cancelled"},{"op":"add","path":"/cancelationReason","value":{"text":"I am well again"}}]`

// cancelled is the same as PUT.
func (p *practice) cancelled(appointment string) string {
	p.Helper()
	return p.with(appointment, map[string]any{"status": "cancelled", "cancelationReason": map[string]any{"text": "I am well again"}})
}

// entry is one request of a transaction.
type entry struct{ method, url, match, body string }

func post(body string) entry { return entry{method: "POST", url: "Appointment", body: body} }

func transaction(entries ...entry) string {
	var all []string
	for _, e := range entries {
		match := ""
		if e.match != "" {
			match = fmt.Sprintf(`,"ifMatch":%q`, e.match)
		}
		all = append(all, fmt.Sprintf(`{"request":{"method":%q,"url":%q%s},"resource":%s}`, e.method, e.url, match, e.body))
	}
	return `{"resourceType":"Bundle","type":"transaction","entry":[` + strings.Join(all, ",") + `]}`
}

func TestP3_ACancelledAppointmentGivesItsSlotBack(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start), slot("b", "free", start.Add(slotLength)))
		ann := p.patient("ann")
		made := ann.booked(booking("ann", start, "a", "b"))
		path := "/" + made.key()
		ann.refused("without saying which version", ann.patch(path, cancelling), http.StatusBadRequest, "", "BAD_REQUEST")
		ann.refused("without a reason", ann.patch(path, cancelling[:strings.Index(cancelling, ",{")]+"]", made.version()), 422, "", "INVALID_RESOURCE")
		p.slotIs("busy", "a", "b")
		ann.is(http.StatusOK, ann.put(path, p.cancelled(made.body), made.version()))
		p.slotIs("free", "a", "b")
		current := ann.get(path)
		ann.refused("a stale version", ann.patch(path, cancelling, made.version()), http.StatusPreconditionFailed, "", "")
		ann.refused("what is cancelled already", ann.patch(path, `[{"op":"add","path":"/comment","value":"x"}]`, current.version()), http.StatusConflict, "", "")
		p.patient("bob").booked(booking("bob", start, "a"))
		ann.booked(booking("ann", start.Add(slotLength), "b"))
	})
}

func TestP3_APatientMayAddAWordAndChangeNothingElse(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start), slot("b", "free", start.Add(slotLength)))
		ann := p.patient("ann")
		made := ann.booked(booking("ann", start, "a"))
		path := "/" + made.key()
		no := func(what string, members map[string]any) {
			t.Helper()
			ann.refused(what, ann.put(path, p.with(made.body, members), made.version()), 422, "", "INVALID_RESOURCE")
		}
		no("another time", map[string]any{"start": start.Add(slotLength).Format(time.RFC3339)})
		no("another slot", map[string]any{"slot": []any{map[string]any{"reference": "Slot/b"}}})
		no("no slot", map[string]any{"slot": nil})
		no("that nobody came", map[string]any{"status": "noshow"})
		no("that it took place", map[string]any{"status": "fulfilled"})
		no("the practice's words", map[string]any{"patientInstruction": "Come at noon"})
		reason := p.with(made.body, map[string]any{"cancelationReason": map[string]any{"text": "x"}})
		ann.refused("a reason though it stays", ann.put(path, reason, made.version()), 422, "business-rule", "INVALID_RESOURCE")
		no("a label", map[string]any{"meta": map[string]any{"tag": []any{map[string]any{"code": "vip"}}}})
		ann.refused("deleting it", ann.delete(path), http.StatusForbidden, "", "ACCESS_DENIED")
		amended := ann.is(http.StatusOK, ann.put(path, p.with(made.body, map[string]any{"comment": "I bring my daughter", "description": "Cough"}), made.version()))
		ann.is(http.StatusOK, ann.patch(path, `[{"op":"replace","path":"/comment","value":"I come alone"}]`, amended.version()))
		p.slotIs("busy", "a")
		p.slotIs("free", "b")
	})
}

func TestP3_WhenItIsTooLateToCancel(t *testing.T) {
	on(t, func(p *practice) {
		rules := online.Defaults()
		rules.CancelDeadline = online.Duration(6 * time.Hour)
		p.set("Organization", "north", rules)
		start := p.at(10 * time.Hour)
		p.load(slot("a", "free", start))
		ann, staff := p.patient("ann"), p.staff()
		made := ann.booked(booking("ann", start, "a"))
		path := "/" + made.key()
		p.clock.pass(5 * time.Hour)
		ann.refused("after the deadline", ann.patch(path, cancelling, made.version()), http.StatusConflict, "business-rule", "")
		word := ann.is(http.StatusOK, ann.patch(path, `[{"op":"add","path":"/comment","value":"I may be late"}]`, made.version()))
		p.clock.pass(6 * time.Hour)
		ann.refused("a word when it is past", ann.patch(path, `[{"op":"replace","path":"/comment","value":"Sorry"}]`, word.version()), http.StatusConflict, "", "")
		ann.refused("after it took place", ann.patch(path, cancelling, word.version()), http.StatusConflict, "", "")
		p.slotIs("busy", "a")
		staff.is(http.StatusOK, staff.patch(path, `[{"op":"replace","path":"/status","value":"noshow"}]`))
		p.slotIs("busy", "a") // its time is used up
	})
}

func TestP3_StaffDeleteAndMoveAppointments(t *testing.T) {
	on(t, func(p *practice) {
		start := p.at(48 * time.Hour)
		p.load(slot("a", "free", start), slot("b", "free", start.Add(slotLength)))
		staff := p.staff()
		made := staff.booked(booking("ann", start, "a"))
		moved := p.with(booking("ann", start.Add(slotLength), "b"), map[string]any{"id": strings.TrimPrefix(made.key(), "Appointment/")})
		staff.is(http.StatusOK, staff.put("/"+made.key(), moved))
		p.slotIs("free", "a")
		p.slotIs("busy", "b")
		if a := staff.delete("/" + made.key()); a.status >= 300 {
			t.Errorf("%d %s", a.status, a.body)
		}
		p.slotIs("free", "a", "b")
	})
}

func TestP3_ReschedulingIsAllOrNothing(t *testing.T) {
	on(t, func(p *practice) {
		rules := online.Defaults()
		rules.MaxFuture = 1 // what is cancelled in the same transaction doesn't count
		p.set("Organization", "north", rules)
		start := p.at(48 * time.Hour)
		next, last := start.Add(slotLength), start.Add(2*slotLength)
		p.load(slot("a", "free", start), slot("b", "free", next), slot("c", "busy", last))
		ann := p.patient("ann")
		made := ann.booked(booking("ann", start, "a", "b"))
		cancel := entry{"PUT", made.key(), made.header.Get("ETag"), p.cancelled(made.body)}
		ann.refused("to a slot that is taken", ann.post("/", transaction(cancel, post(booking("ann", last, "c")))), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		p.slotIs("busy", "a", "b", "c")
		if now := ann.get("/" + made.key()); !strings.Contains(now.body, `"booked"`) {
			t.Errorf("half of it was done: %s", now.body)
		}
		ann.is(http.StatusOK, ann.post("/", transaction(cancel, post(booking("ann", next, "b"))))) // one of its own
		p.slotIs("free", "a")
		p.slotIs("busy", "b", "c")
	})
}

// Everyone wants the slot that the next one has: in whatever order they come, no slot is lost and none is had twice.
func TestP3_TwentyReschedulesCrossing(t *testing.T) {
	on(t, func(p *practice) {
		const people, free = 20, 3
		start := p.at(48 * time.Hour)
		when := func(i int) time.Time { return start.Add(time.Duration(i) * slotLength) }
		id := func(i int) string { return fmt.Sprint("s", i) }
		all := []string{}
		for i := range people + free {
			all = append(all, slot(id(i), "free", when(i)))
		}
		p.load(all...)
		staff := p.staff()
		var made [people]answer
		for i := range people {
			made[i] = staff.booked(booking([]string{"ann", "bob"}[i%2], when(i), id(i)))
		}
		got := together(people, func(i int) int {
			to := (i + 1) % (people + free)
			return staff.post("/", transaction(entry{"PUT", made[i].key(), made[i].header.Get("ETag"), p.cancelled(made[i].body)},
				post(booking([]string{"ann", "bob"}[i%2], when(to), id(to))))).status
		})
		if got[http.StatusOK] == 0 || got[http.StatusOK]+got[http.StatusConflict] != people {
			t.Errorf("got %v", got)
		}
		p.consistent(people, people+free)
	})
}

// consistent fails the story unless so many appointments are booked, each in a slot of its own, and just their slots
// are busy.
func (p *practice) consistent(booked, slots int) {
	p.Helper()
	ehr := p.ehr()
	had := map[string]int{}
	for _, a := range ehr.resources("/Appointment?status=booked&_count=1000") {
		for _, s := range a.Slot {
			had[s.Reference]++
		}
	}
	all := ehr.resources("/Slot?_count=1000")
	for _, s := range all {
		if want := map[int]string{0: "free", 1: "busy"}[had["Slot/"+s.ID]]; s.Status != want {
			p.Errorf("Slot/%s is %s, and %d appointments have it", s.ID, s.Status, had["Slot/"+s.ID])
		}
	}
	if len(had) != booked || len(all) != slots {
		p.Errorf("%d slots are had, not %d, of %d, not %d", len(had), booked, len(all), slots)
	}
}
