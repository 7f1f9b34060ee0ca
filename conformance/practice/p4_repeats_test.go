package practice_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/search"
)

// repeat is a repeat prescription of Ann's, to be issued twice, with members set to others.
func (p *practice) repeat(id string, members map[string]any) string {
	p.Helper()
	plan := `{"resourceType":"MedicationRequest","status":"active","intent":"plan","subject":{"reference":"Patient/ann"},"medicationCodeableConcept":{"text":"Salbutamol"},` +
		`"dosageInstruction":[{"text":"Two puffs as needed"}],"dispenseRequest":{"numberOfRepeatsAllowed":2,"validityPeriod":{"start":"2020-01-01","end":%q},"quantity":{"value":200}}}`
	with := map[string]any{"id": id}
	for name, value := range members {
		with[name] = value
	}
	return p.with(fmt.Sprintf(plan, p.at(30*24*time.Hour).Format(time.DateOnly)), with)
}

// ordering is a Task that orders a repeat.
func ordering(patient, plan string) string {
	return fmt.Sprintf(`{"resourceType":"Task","status":"requested","intent":"order","code":{"coding":[{"system":"http://snomed.info/sct","code":"103742009"}]},`+
		`"focus":{"reference":"MedicationRequest/%s"},"for":{"reference":"Patient/%s"}}`, plan, patient)
}

// to is a JSON Patch that moves an order to a state.
func to(status string) string { return `[{"op":"replace","path":"/status","value":"` + status + `"}]` }

const rejecting = `[{"op":"replace","path":"/status","value":"rejected"},{"op":"add","path":"/statusReason","value":{"text":"Please come for a review first."}}]`

// orders are the prescriptions issued to Ann.
func (c *client) orders() []string {
	c.Helper()
	return c.get("/MedicationRequest?intent=order&patient=ann").found()
}

// ordered orders a repeat, and gives where its Task is.
func (c *client) ordered(plan string) string {
	c.Helper()
	return "/" + c.is(http.StatusCreated, c.post("/Task", ordering("ann", plan))).key()
}

func TestP4_ARepeatIsOrderedAcceptedAndIssued(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil))
		ann, doc := p.patient("ann"), p.staff()
		task := ann.ordered("inhaler")
		if a := doc.is(http.StatusOK, doc.get(task)); !strings.Contains(a.body, `"requester":{"reference":"Patient/ann"}`) {
			t.Errorf("who ordered isn't said: %s", a.body)
		}
		doc.sees("/Task?status=requested&code=103742009", task[1:])
		if got := ann.orders(); len(got) != 0 {
			t.Errorf("prescribed before it was accepted: %v", got)
		}
		doc.is(http.StatusOK, doc.patch(task, to("accepted")))
		got := ann.orders()
		if len(got) != 1 {
			t.Fatalf("prescribed: %v", got)
		}
		prescription := ann.is(http.StatusOK, ann.get("/"+got[0])).body
		for _, has := range []string{`"intent":"order"`, `"basedOn":[{"reference":"MedicationRequest/inhaler"}]`, "Salbutamol", "Two puffs", `"requester":{"reference":"Practitioner/doc"}`, `"quantity"`} {
			if !strings.Contains(prescription, has) {
				t.Errorf("no %s in %s", has, prescription)
			}
		}
		if strings.Contains(prescription, "numberOfRepeatsAllowed") {
			t.Errorf("an order has the repeats of its plan: %s", prescription)
		}
		if a := ann.get(task); !strings.Contains(a.body, got[0]) {
			t.Errorf("the order doesn't name its prescription: %s", a.body)
		}
		doc.is(http.StatusOK, doc.patch(task, to("in-progress")))
		doc.is(http.StatusOK, doc.patch(task, to("completed")))
		if again := ann.orders(); len(again) != 1 {
			t.Errorf("prescribed again: %v", again)
		}
		doc.refused("what is done", doc.patch(task, to("cancelled")), http.StatusConflict, "business-rule", "")
	})
}

func TestP4_AStepThatIsLeftOutIsRefused(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil))
		ann, doc := p.patient("ann"), p.staff()
		task := ann.ordered("inhaler")
		for _, status := range []string{"in-progress", "completed", "failed"} {
			doc.refused(status, doc.patch(task, to(status)), http.StatusConflict, "business-rule", "")
		}
		doc.refused("without a reason", doc.patch(task, to("rejected")), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		doc.is(http.StatusOK, doc.patch(task, rejecting))
		if a := ann.get(task); !strings.Contains(a.body, "come for a review") {
			t.Errorf("the patient doesn't read why: %s", a.body)
		}
		if got := ann.orders(); len(got) != 0 {
			t.Errorf("rejected, and prescribed: %v", got)
		}
		ann.ordered("inhaler") // a rejected one is no open order
	})
}

func TestP4_APatientCancelsOnlyWhatNobodyHasDealtWith(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil))
		ann, doc := p.patient("ann"), p.staff()
		task := ann.ordered("inhaler")
		for _, status := range []string{"accepted", "completed"} {
			ann.refused(status, ann.patch(task, to(status)), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		}
		if a := ann.delete(task); a.status != http.StatusForbidden {
			t.Errorf("deleted: %d %s", a.status, a.body)
		}
		ann.is(http.StatusOK, ann.patch(task, to("cancelled")))
		doc.refused("accepting what is cancelled", doc.patch(task, to("accepted")), http.StatusConflict, "business-rule", "")
		task = ann.ordered("inhaler")
		doc.is(http.StatusOK, doc.patch(task, to("accepted")))
		ann.refused("too late", ann.patch(task, to("cancelled")), http.StatusConflict, "business-rule", "")
	})
}

func TestP4_WhatCantBeOrderedIsRefused(t *testing.T) {
	on(t, func(p *practice) {
		ended := map[string]any{"validityPeriod": map[string]any{"end": p.at(-48 * time.Hour).Format(time.DateOnly)}}
		p.load(p.repeat("inhaler", nil), p.repeat("stopped", map[string]any{"status": "stopped"}), p.repeat("once", map[string]any{"intent": "order"}),
			p.repeat("ended", map[string]any{"dispenseRequest": ended}), p.repeat("none", map[string]any{"dispenseRequest": map[string]any{"numberOfRepeatsAllowed": 0}}),
			p.repeat("bobs", map[string]any{"subject": map[string]any{"reference": "Patient/bob"}}))
		ann := p.patient("ann")
		lastDay := map[string]any{"validityPeriod": map[string]any{"end": p.clock.now().In(search.London()).Format(time.DateOnly)}}
		p.load(p.repeat("today", map[string]any{"dispenseRequest": lastDay}))
		ann.ordered("today") // on its last day
		for plan, coding := range map[string]string{"stopped": "INVALID_RESOURCE", "once": "INVALID_RESOURCE", "ended": "INVALID_RESOURCE", "none": "INVALID_RESOURCE",
			"bobs": "REFERENCE_NOT_FOUND", "nowhere": "REFERENCE_NOT_FOUND"} {
			ann.refused(plan, ann.post("/Task", ordering("ann", plan)), http.StatusUnprocessableEntity, "", coding)
		}
		ann.refused("another kind of Task", ann.post("/Task", p.with(ordering("ann", "inhaler"), map[string]any{"code": nil})), 422, "", "INVALID_RESOURCE")
		ann.refused("accepted at once", ann.post("/Task", p.with(ordering("ann", "inhaler"), map[string]any{"status": "accepted"})), 422, "", "INVALID_RESOURCE")
		forged := p.with(ordering("ann", "inhaler"), map[string]any{"requester": map[string]any{"reference": "Practitioner/doc"}})
		ann.refused("in the doctor's name", ann.post("/Task", forged), 422, "", "INVALID_RESOURCE")
		if a := ann.post("/MedicationRequest", p.with(p.repeat("x", map[string]any{"intent": "order"}), map[string]any{"id": nil})); a.status != http.StatusForbidden {
			t.Errorf("a patient prescribed: %d %s", a.status, a.body)
		}
		if a := ann.post("/Task", ordering("bob", "bobs")); a.status != http.StatusForbidden {
			t.Errorf("for another patient: %d %s", a.status, a.body)
		}
	})
}

func TestP4_OneOpenOrderOfARepeatAndNoMoreThanAreAllowed(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil))
		ann, dad, doc := p.patient("ann"), p.proxy(), p.staff()
		order := func(i int) int {
			c := ann
			if i%2 == 0 {
				c = dad
			}
			return c.post("/Task", ordering("ann", "inhaler")).status
		}
		for issued := range 2 {
			if got := together(6, order); got[http.StatusCreated] != 1 || got[http.StatusConflict] != 5 {
				t.Fatalf("six at once: %v", got)
			}
			ann.refused("again", ann.post("/Task", ordering("ann", "inhaler")), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
			open := doc.get("/Task?status=requested").found()
			accepted := together(4, func(int) int { return doc.patch("/"+open[0], to("accepted")).status })
			if n := len(doc.orders()); n != issued+1 || accepted[http.StatusOK] == 0 {
				t.Errorf("accepted by four at once %v, prescribed %d", accepted, n)
			}
			doc.is(http.StatusOK, doc.patch("/"+open[0], to("completed")))
		}
		ann.refused("one too many", ann.post("/Task", ordering("ann", "inhaler")), http.StatusUnprocessableEntity, "business-rule", "INVALID_RESOURCE")
	})
}

func TestP4_AcceptedWhileItIsCancelledItIsOneOfTheTwo(t *testing.T) {
	on(t, func(p *practice) {
		for i := range 6 {
			plan := fmt.Sprint("plan", i)
			p.load(p.repeat(plan, nil))
			ann, doc := p.patient("ann"), p.staff()
			task, before := ann.ordered(plan), len(doc.orders())
			got := together(2, func(i int) int {
				if i == 0 {
					return ann.patch(task, to("cancelled")).status
				}
				return doc.patch(task, to("accepted")).status
			})
			if got[http.StatusOK] != 1 || got[http.StatusConflict] != 1 {
				t.Errorf("both: %v", got)
			}
			accepted := strings.Contains(doc.get(task).body, `"status":"accepted"`)
			if issued := len(doc.orders()) - before; issued == 1 != accepted {
				t.Errorf("accepted %v, issued %d", accepted, issued)
			}
		}
	})
}

func TestP4_AHiddenRepeatOrOrderIsNotThere(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil), p.repeat("secret", nil))
		ann, doc := p.patient("ann"), p.staff()
		doc.is(http.StatusOK, doc.post("/MedicationRequest/secret/$hide", because))
		_, _, hidden := ann.post("/Task", ordering("ann", "secret")).issue()
		_, _, never := ann.post("/Task", ordering("ann", "nowhere")).issue()
		if hidden != never || hidden == "" {
			t.Errorf("hidden: %s; never was: %s", hidden, never)
		}
		task := ann.ordered("inhaler")
		doc.is(http.StatusOK, doc.post(task+"/$hide", because))
		ann.ordered("inhaler") // no duplicate of one that isn't there
		secret := "/" + doc.is(http.StatusCreated, doc.post("/Task", ordering("ann", "secret"))).key()
		doc.is(http.StatusOK, doc.patch(secret, to("accepted")))
		if got := ann.orders(); len(got) != 0 {
			t.Errorf("the prescription of a hidden repeat shows: %v", got)
		}
	})
}

func TestP4_AnEHRThatSendsItsOwnPrescriptionHasJustThat(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil))
		ann, ehr := p.patient("ann"), p.ehr()
		task := ann.ordered("inhaler")
		issued := p.repeat("issued", map[string]any{"intent": "order", "basedOn": []any{map[string]any{"reference": "MedicationRequest/inhaler"}}})
		accepted := p.with(ehr.get(task).body, map[string]any{"status": "accepted"})
		ehr.is(http.StatusOK, ehr.post("/", transaction(entry{method: "PUT", url: task[1:], body: accepted}, entry{method: "PUT", url: "MedicationRequest/issued", body: issued})))
		if got := ann.orders(); len(got) != 1 || got[0] != "MedicationRequest/issued" {
			t.Errorf("prescribed: %v", got)
		}
		if a := ann.get(task); !strings.Contains(a.body, "MedicationRequest/issued") {
			t.Errorf("the order doesn't name it: %s", a.body)
		}
	})
}
