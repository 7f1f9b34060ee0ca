package practice

import (
	"slices"
	"time"
)

// prevent writes allergies and immunisations.
func (c *chart) prevent() {
	for _, a := range c.prevention.Allergies {
		if c.happens(a.Rate) || c.id == ReadyPatient && a.Code == "91936005" {
			c.allergic(a)
		}
	}
	if len(c.allergies) == 0 && c.happens(0.3) {
		c.add("AllergyIntolerance", c.allergyFields(c.prevention.NoneKnown))
	}
	for _, v := range c.prevention.Immunisations {
		for _, months := range v.Months {
			given := c.person.born.AddDate(0, months, c.chance.IntN(20))
			if c.person.born.Year() > v.BornAfter && given.Before(c.today) && c.happens(0.93) {
				c.immunise(v, given)
			}
		}
	}
	flu := c.prevention.Flu
	for ago := 1; ago <= 3; ago++ {
		autumn := time.Date(c.today.Year()-ago, time.October, 1+c.chance.IntN(28), 0, 0, 0, 0, c.today.Location())
		if c.happens(0.75) && (c.age(autumn) >= flu.From || c.hasAny(flu.For)) && autumn.After(c.person.born) {
			c.immunise(flu, autumn)
		}
	}
}

func (c *chart) allergyFields(code coded) object {
	return object{
		{"clinicalStatus", concept(hl7+"allergyintolerance-clinical", "active", "Active")},
		{"verificationStatus", concept(hl7+"allergyintolerance-verification", "confirmed", "Confirmed")},
		{"code", snomedConcept(code)}, {"patient", ref(c.subject())},
		{"recordedDate", instant(c.daysAgo(200 + c.chance.IntN(2000)))}, {"recorder", ref(c.doctor.reference())},
	}
}

func (c *chart) allergic(a allergy) {
	c.allergies = append(c.allergies, a.Code)
	fields := slices.Insert(c.allergyFields(a.coded), 2,
		member{"type", "allergy"}, member{"category", list{a.Category}}, member{"criticality", a.Criticality})
	c.add("AllergyIntolerance", append(fields, member{"reaction", list{object{
		{"manifestation", list{snomedConcept(a.Reaction)}}, {"severity", a.Severity},
	}}}))
}

func (c *chart) immunise(v vaccine, given time.Time) {
	c.add("Immunization", object{
		{"status", "completed"}, {"vaccineCode", append(concept(cvx, v.CVX, v.Display), member{"text", v.Name})},
		{"patient", ref(c.subject())}, {"occurrenceDateTime", date(given)}, {"primarySource", true},
		{"performer", list{object{{"actor", ref(c.practiceRef())}}}},
	})
}
