package rules

import (
	"context"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// ordered is the namespace of the Records by which two orders for one repeat are dealt with one after the other.
const ordered = "ordered"

// prescription is what matters here of a MedicationRequest.
type prescription struct {
	Status, Intent  string
	Subject         referenceJSON
	BasedOn         []referenceJSON
	DispenseRequest struct {
		NumberOfRepeatsAllowed *int
		ValidityPeriod         struct{ End string }
	}
}

// orderable refuses an order for what can't be ordered. Whose repeat the caller can't see is told that there is none,
// and prescriptions are counted that the patient can see (I2): what is hidden neither uses up a repeat nor tells of
// itself. When it is approved, all count.
func (c *counter) orderable(ctx context.Context, o *order) error {
	known, body := o.plan.Type == "MedicationRequest", []byte(nil)
	var err error
	if known {
		if known, err = c.there(ctx, c.Commit, o.patient, o.plan); err != nil {
			return err
		}
	}
	if known {
		if body, _, err = c.Get(ctx, o.plan); err != nil {
			return err
		}
	}
	var p prescription
	if body != nil {
		if err := read(body, &p); err != nil {
			return err
		}
	}
	if of, local := search.Local(p.Subject.Reference, c.Base); body == nil || !local || of.Type != "Patient" || of.ID != o.patient {
		e := refusal(fhir.Unprocessable, "REFERENCE_NOT_FOUND", o.Where("Task.focus"),
			"There is no such repeat of this patient. Search for repeats with /MedicationRequest?intent=plan, and name one as focus.")
		e.Issues[0].Code = "not-found"
		return e
	}
	switch end := p.DispenseRequest.ValidityPeriod.End; {
	case p.Intent != "plan":
		return o.ruledOut(fhir.Unprocessable, "Task.focus", "This is no repeat, so it can't be ordered again. Ask the practice for a new prescription.")
	case p.Status != "active":
		return o.ruledOut(fhir.Unprocessable, "Task.focus", "This repeat is %s, so it can't be ordered. Ask the practice if it is still needed.", p.Status)
	case end != "" && !c.Now().Before(c.over(end)):
		return o.ruledOut(fhir.Unprocessable, "Task.focus", "This repeat ended on %s, so it can't be ordered. Ask the practice for a review.", end)
	}
	return c.unused(ctx, o, p.DispenseRequest.NumberOfRepeatsAllowed)
}

// over is when a date of some precision has passed, in the practice's zone where it has none (R4 datatypes, dateTime).
func (c *counter) over(date string) time.Time {
	for _, of := range []struct {
		layout              string
		years, months, days int
	}{{"2006", 1, 0, 0}, {"2006-01", 0, 1, 0}, {time.DateOnly, 0, 0, 1}} {
		if t, err := time.ParseInLocation(of.layout, date, c.Zone); err == nil {
			return t.AddDate(of.years, of.months, of.days)
		}
	}
	return instant(date)
}

// unused refuses an order for a repeat that was issued as often as is allowed. A plan dispenses nothing itself, so that
// each order under it is one of the repeats (MedicationRequest.dispenseRequest.numberOfRepeatsAllowed).
func (c *counter) unused(ctx context.Context, o *order, allowed *int) error {
	if allowed == nil {
		return nil
	}
	issued, s := 0, c.System
	if c.Grant.Identity().Online() {
		s = c.Seen(o.patient)
	}
	err := c.each(ctx, c.Commit, s, "MedicationRequest", "intent=order&patient="+o.patient, func(st *fhir.Stored) error {
		counts, err := c.issues(st.JSON, o.plan)
		if counts {
			issued++
		}
		return err
	})
	if err != nil {
		return err
	}
	for i := range c.Pending { // two orders may be approved together
		if c.Batch.Writes[i].Key.Type != "MedicationRequest" || c.Pending[i].After == nil {
			continue
		}
		if counts, err := c.issues(c.Pending[i].After.JSON, o.plan); err != nil {
			return err
		} else if counts {
			issued++
		}
	}
	if issued < *allowed {
		return nil
	}
	return o.ruledOut(fhir.Unprocessable, "Task.focus", "This repeat has been issued as often as is allowed, %d times. Ask the practice for a review.", *allowed)
}

// issues says that a MedicationRequest is an order under a plan that counts.
func (c *counter) issues(resource []byte, plan fhir.Key) (bool, error) {
	var p prescription
	if err := read(resource, &p); err != nil || p.Intent != "order" || p.Status == "cancelled" || p.Status == "entered-in-error" {
		return false, err
	}
	for _, r := range p.BasedOn {
		if on, local := search.Local(r.Reference, c.Base); local && on == plan {
			return true, nil
		}
	}
	return false, nil
}

// single refuses an order while one for the same repeat is open. Those count that the patient can see (I2).
func (c *counter) single(ctx context.Context, o *order) error {
	s, open := c.System, false
	if c.Grant.Identity().Online() {
		s = c.Seen(o.patient)
	}
	err := c.each(ctx, c.Commit, s, "Task", "status=requested,accepted,in-progress&code="+snomed+"%7C"+renewal+"&focus="+o.plan.String(), func(*fhir.Stored) error {
		open = true
		return nil
	})
	if err != nil {
		return err
	}
	for _, other := range c.orders {
		open = open || other != o && other.after != nil && other.plan == o.plan && len(steps[other.after.Status]) > 0
	}
	if !open {
		return nil
	}
	e := refusal(fhir.Conflict, "DUPLICATE_REJECTED", o.Where("Task.focus"), "This repeat is ordered already, and the practice is dealing with it. Wait for that, or cancel the other order first.")
	e.Issues[0].Code = "duplicate"
	return e
}

// sent is a prescription for the order that the commit itself brings.
func (c *counter) sent(o *order) (key fhir.Key, sent bool, err error) {
	for i := range c.Pending {
		w, p := &c.Batch.Writes[i], &c.Pending[i]
		if w.Key.Type != "MedicationRequest" || p.After == nil || p.Before != nil || c.made[w.Key] {
			continue
		}
		if ours, err := c.issues(p.After.JSON, o.plan); err != nil || ours {
			return w.Key, ours, err
		}
	}
	return fhir.Key{}, false, nil
}

// taken are the elements that a prescription has from its repeat.
var taken = []string{"category", "priority", "medicationCodeableConcept", "medicationReference", "contained", "subject", "reasonCode", "reasonReference",
	"insurance", "note", "dosageInstruction", "substitution", "courseOfTherapyType"}

// prescribe makes the MedicationRequest of an order.
func (c *counter) prescribe(ctx context.Context, o *order) (fhir.Key, error) {
	body, stored, err := c.Get(ctx, o.plan)
	if err != nil {
		return fhir.Key{}, err
	}
	plan, err := members(body)
	if err != nil {
		return fhir.Key{}, err
	}
	made := map[string]any{"resourceType": "MedicationRequest", "status": "active", "intent": "order", "basedOn": []referenceJSON{{o.plan.String()}},
		"authoredOn": c.Now().UTC().Format(time.RFC3339)}
	for _, name := range taken {
		if value, has := plan[name]; has {
			made[name] = value
		}
	}
	if made["requester"] = plan["requester"]; strings.HasPrefix(c.Grant.Identity().Person, "Practitioner/") {
		made["requester"] = referenceJSON{c.Grant.Identity().Person}
	}
	if made["requester"] == nil {
		delete(made, "requester")
	}
	dispense, _ := plan["dispenseRequest"].(map[string]any)
	if dispense == nil {
		dispense = map[string]any{}
	}
	delete(dispense, "numberOfRepeatsAllowed") // these are the plan's
	delete(dispense, "validityPeriod")
	if pharmacy, err := c.pharmacy(ctx, o); err != nil {
		return fhir.Key{}, err
	} else if pharmacy != "" {
		dispense["performer"] = referenceJSON{pharmacy}
	}
	if len(dispense) > 0 {
		made["dispenseRequest"] = dispense
	}
	resource, err := resourceOf(made)
	if err != nil {
		return fhir.Key{}, err
	}
	key, err := c.Create(ctx, resource)
	if err != nil {
		return key, err
	}
	c.made[key] = true
	if stored != nil { // what is based on a hidden repeat would tell of it
		c.Batch.Writes[len(c.Batch.Writes)-1].Facts.Hidden = stored.Facts.Hidden
	}
	return key, nil
}

// nominated is the extension by which a Patient names the pharmacy that is to dispense (UK Core R4,
// Extension-UKCore-NominatedPharmacy).
const nominated = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy"

// pharmacy is who is to dispense an order: the one chosen for it, else the patient's nominated one; "" for whom the
// repeat names, if any.
func (c *counter) pharmacy(ctx context.Context, o *order) (string, error) {
	if chosen, _ := o.after.pharmacy(); chosen != "" {
		return chosen, nil
	}
	body, _, err := c.Get(ctx, fhir.Key{Type: "Patient", ID: o.patient})
	if err != nil || body == nil {
		return "", err
	}
	var p struct {
		Extension []struct {
			URL            string
			ValueReference referenceJSON
		}
	}
	if err := read(body, &p); err != nil {
		return "", err
	}
	for _, e := range p.Extension {
		if e.URL == nominated {
			return e.ValueReference.Reference, nil
		}
	}
	return "", nil
}
