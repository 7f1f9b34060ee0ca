package practice

import (
	"slices"
	"time"
)

// history writes the problem list and past procedures.
func (c *chart) history() {
	for _, p := range c.tables.problems.LongTerm {
		has := c.happens(p.Rate) && c.fits(p.who)
		if c.person.has != nil {
			has = slices.Contains(c.person.has, p.ID)
		}
		if has {
			c.problems = append(c.problems, known{p.ID, c.condition(p, c.onset(p, 12), time.Time{})})
		}
	}
	for _, p := range c.tables.problems.Acute {
		if c.happens(p.Rate) && c.fits(p.who) {
			start := c.onset(p, 4)
			if end := start.AddDate(0, 0, 5+c.chance.IntN(20)); end.Before(c.today) {
				c.condition(p, start, end)
			}
		}
	}
	for _, p := range c.prevention.Procedures {
		if c.happens(p.Rate) && c.fits(p.who) {
			when := c.daysAgo(60 + c.chance.IntN(365*c.years(p.From, 6)))
			c.add("Procedure", object{
				{"status", "completed"}, {"code", snomedConcept(p.coded)}, {"subject", ref(c.subject())},
				{"performedDateTime", date(when)},
			})
		}
	}
	if c.id == TwinPatient || c.id == AtRiskPatient {
		c.sensitive()
	}
}

// years is how many years of life a thing can lie back that does not befall anyone below an age, at most so many.
func (c *chart) years(from, most int) int {
	return min(max(c.age(c.today)-from, 1), most)
}

// onset is a day the problem can have begun.
func (c *chart) onset(p problem, most int) time.Time {
	return c.daysAgo(30 + c.chance.IntN(365*c.years(p.From, most)))
}

// condition writes a problem, resolved if it has an end, and returns its reference.
func (c *chart) condition(p problem, start, end time.Time) string {
	return c.add("Condition", c.conditionFields(p, start, end))
}

func (c *chart) conditionFields(p problem, start, end time.Time) object {
	status, display := "active", "Active"
	if !end.IsZero() {
		status, display = "resolved", "Resolved"
	}
	fields := object{
		{"clinicalStatus", concept(hl7+"condition-clinical", status, display)},
		{"verificationStatus", concept(hl7+"condition-ver-status", "confirmed", "Confirmed")},
		{"category", list{concept(hl7+"condition-category", "problem-list-item", "Problem List Item")}},
		{"code", snomedConcept(p.coded)}, {"subject", ref(c.subject())}, {"onsetDateTime", date(start)},
	}
	if !end.IsZero() {
		fields = append(fields, member{"abatementDateTime", date(end)})
	}
	return append(fields, member{"recordedDate", instant(start)}, member{"recorder", ref(c.doctor.reference())})
}

// sensitive is the entry a proxy must not learn of, and the visit at which it was told. It draws nothing from chance:
// the twins' streams must stay in step.
func (c *chart) sensitive() {
	fields := c.conditionFields(c.tables.problems.Sensitive, atMinute(c.today.AddDate(0, -3, 0), 10*60), time.Time{})
	reason := c.addAs("Condition", c.id+"-sensitive", fields)
	if c.id != AtRiskPatient {
		return
	}
	// Hidden, the entry must be left out of what refers to it.
	start := atMinute(c.today.AddDate(0, -3, 0), 10*60)
	c.add("Encounter", object{
		{"status", "finished"}, {"class", coding(hl7+"v3-ActCode", "AMB", "ambulatory")}, {"subject", ref(c.subject())},
		{"participant", list{object{{"individual", ref(c.doctor.reference())}}}}, {"period", period(start, start.Add(2*slotLength))},
		{"reasonReference", refs(reason)}, {"serviceProvider", ref(c.practiceRef())},
	})
}
