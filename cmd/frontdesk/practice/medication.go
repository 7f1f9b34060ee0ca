package practice

import (
	"fmt"
	"slices"
	"time"
)

// How a repeat stands. Only a current one can be ordered from.
const (
	current = iota
	expired
	stopped
	usedUp
)

// plan is a repeat medicine (MedicationRequest intent=plan) with the orders issued under it.
type plan struct {
	medicine
	state     int
	reference string
	reason    string // reference to the problem it is for, "" if none
	start     time.Time
	end       time.Time // the last day on which it may be issued
	allowed   int       // issues in all
	last      string    // reference to the latest order
}

// prescribe writes the repeats, what was issued under them, and what the patient has asked for.
func (c *chart) prescribe() {
	var plans []plan
	groups := map[string]bool{}
	for _, m := range c.medicines {
		needed := len(m.For) == 0 || c.hasAny(m.For)
		chosen := c.happens(m.Rate) || c.id == ReadyPatient && len(m.For) > 0
		if !needed || !chosen || !c.fits(m.who) || groups[m.Group] || slices.Contains(c.allergies, m.Avoid) {
			continue
		}
		if m.Group != "" {
			groups[m.Group] = true
		}
		plans = append(plans, c.plan(m, len(plans)))
	}
	c.order(plans)
}

// plan writes one repeat and its issues.
func (c *chart) plan(m medicine, at int) plan {
	p := plan{medicine: m, start: c.daysAgo(30 + c.chance.IntN(200)), allowed: 12}
	switch roll := c.chance.IntN(100); {
	case roll < 7:
		p.state = expired
	case roll < 14:
		p.state = stopped
	case roll < 19:
		p.state = usedUp
	}
	if c.id == ReadyPatient {
		p.state = []int{current, current, stopped, current, expired, current, usedUp, current}[at%8]
	}
	switch p.state {
	case expired:
		p.start = c.daysAgo(390 + c.chance.IntN(60))
	case usedUp:
		p.start, p.allowed = c.daysAgo(200), 6
	}
	p.end = p.start.AddDate(1, 0, 0)
	for _, k := range c.problems {
		if slices.Contains(m.For, k.id) {
			p.reason = k.reference
			break
		}
	}
	// How many orders there are under a repeat depends on the day; its own id doesn't.
	p.reference = c.addAs("MedicationRequest", fmt.Sprintf("%s-repeat-%d", c.id, at+1), c.planFields(p))
	c.issue(&p)
	return p
}

func (c *chart) planFields(p plan) object {
	fields := object{{"status", "active"}}
	if p.state == stopped {
		fields = object{{"status", "stopped"}, {"statusReason", object{{"text", "No longer needed; stopped at review"}}}}
	}
	fields = append(fields, c.requestFields("plan", p, p.start)...)
	return append(fields, member{"dispenseRequest", object{
		{"validityPeriod", object{{"start", date(p.start)}, {"end", date(p.end)}}},
		{"numberOfRepeatsAllowed", p.allowed}, {"quantity", p.supply()},
		{"expectedSupplyDuration", days(28)}, {"performer", ref(c.pharmacyRef())},
	}})
}

// requestFields are what a repeat and an order under it have in common.
func (c *chart) requestFields(intent string, p plan, at time.Time) object {
	fields := object{
		{"intent", intent},
		{"category", list{concept(hl7+"medicationrequest-category", "community", "Community")}},
		{"medicationCodeableConcept", p.concept()}, {"subject", ref(c.subject())},
		{"authoredOn", instant(at)}, {"requester", ref(c.doctor.reference())},
	}
	if p.reason != "" {
		fields = append(fields, member{"reasonReference", refs(p.reason)})
	}
	if intent == "order" {
		fields = append(fields, member{"basedOn", refs(p.reference)})
	}
	return append(fields,
		member{"courseOfTherapyType", concept(hl7+"medicationrequest-course-of-therapy", "continuous", "Continuous long term therapy")},
		member{"dosageInstruction", list{p.dosage()}})
}

// issue writes the orders under a repeat, one every four weeks, no more than are allowed.
func (c *chart) issue(p *plan) {
	orders := int(c.today.Sub(p.start).Hours()/24)/28 + 1
	switch p.state {
	case current, expired:
		orders = min(orders, p.allowed-3) // some are left
	case stopped:
		orders = min(orders, 2)
	}
	orders = min(orders, p.allowed)
	for i := range orders {
		at := p.start.AddDate(0, 0, 28*i)
		if weekend(at) {
			at = at.AddDate(0, 0, -2)
		}
		status := "completed"
		if i == orders-1 && p.state == current {
			status = "active"
		}
		fields := append(object{{"status", status}}, c.requestFields("order", *p, at)...)
		p.last = c.add("MedicationRequest", append(fields, member{"dispenseRequest", object{
			{"quantity", p.supply()}, {"expectedSupplyDuration", days(28)}, {"performer", ref(c.pharmacyRef())},
		}}))
	}
}

// concept codes a medicine by its dm+d product, where the table has it, and by its substance.
func (m medicine) concept() object {
	var codings list
	if m.VMP != "" {
		codings = append(codings, coding(snomed, m.VMP, m.Name))
	}
	return object{{"coding", append(codings, coding(snomed, m.Code, m.Display))}, {"text", m.Name}}
}

func (m medicine) dosage() object {
	repeat := object{{"frequency", m.PerDay}, {"period", 1}, {"periodUnit", "d"}}
	if m.PerWeek > 0 {
		repeat = object{{"frequency", m.PerWeek}, {"period", 1}, {"periodUnit", "wk"}}
	}
	return object{{"text", m.Dose}, {"timing", object{{"repeat", repeat}}}, {"asNeededBoolean", m.AsNeeded}}
}

// doseForms are the SNOMED CT codes of the units in which medicines are counted.
var doseForms = map[string]string{"tablet": "428673006", "capsule": "428641000", "dose": "3317411000001100", "patch": "419702001"}

func (m medicine) supply() object {
	return object{{"value", m.Quantity}, {"unit", m.Unit}, {"system", snomed}, {"code", doseForms[m.Unit]}}
}

func days(n int) object {
	return object{{"value", n}, {"unit", "days"}, {"system", ucum}, {"code", "d"}}
}
