package practice

import (
	"math"
	"slices"
	"time"
)

// concept codes what was observed, in LOINC for the world and in SNOMED CT for British systems.
func (o observable) concept() object {
	codings := list{coding(loinc, o.LOINC, o.LOINCDisplay)}
	if o.Code != "" {
		codings = append(codings, coding(snomed, o.Code, o.Display))
	}
	return object{{"coding", codings}}
}

func value(o observable, v float64) member {
	return member{"valueQuantity", quantity(number(v, o.Digits), o.Unit)}
}

// occasion is how Observations made together came about. Encounter is "" for a sample sent to the laboratory.
type occasion struct {
	category      coded
	encounter, by string
	taken, issued time.Time
}

// observe writes one Observation, ended by its value.
func (c *chart) observe(o observable, on occasion, value ...member) string {
	fields := object{
		{"status", "final"},
		{"category", list{concept(hl7+"observation-category", on.category.Code, on.category.Display)}},
		{"code", o.concept()}, {"subject", ref(c.subject())},
	}
	if on.encounter != "" {
		fields = append(fields, member{"encounter", ref(on.encounter)})
	}
	fields = append(fields, member{"effectiveDateTime", instant(on.taken)}, member{"issued", instant(on.issued)}, member{"performer", refs(on.by)})
	return c.add("Observation", append(fields, value...))
}

// test writes the laboratory reports: regular ones for what a problem calls for, single ones by age.
func (c *chart) test() {
	fresh := c.id == ReadyPatient // its first panel comes when the record is there already, and waits to be filed
	for _, panel := range c.results.Panels {
		followed := c.hasAny(panel.For) && (panel.Sex == "" || panel.Sex == c.person.sex)
		if byAge := c.happens(panel.Rate) && c.fits(panel.who); !followed && !byAge {
			continue
		}
		reports := 1
		if followed {
			reports = 2 + c.chance.IntN(3)
		}
		tilt := c.chance.Float64()
		for i := range reports {
			taken := c.daysAgo(3 + c.chance.IntN(120) + 170*i)
			known := len(c.entries)
			if fresh {
				taken = c.daysAgo(1)
			}
			c.report(snomedConcept(panel.coded), panel.Tests, taken, tilt)
			if fresh {
				c.entries, c.arriving, fresh = c.entries[:known], slices.Clone(c.entries[known:]), false
			}
		}
	}
}

// report writes the Observations of one sample and the DiagnosticReport that gathers them. tilt, 0 to 1, is where the
// patient's results lie, so that they move together and from report to report only a little.
func (c *chart) report(code object, tests []string, taken time.Time, tilt float64) {
	issued := taken.Add(time.Duration(3+c.chance.IntN(5)) * time.Hour)
	sample := occasion{coded{Code: "laboratory", Display: "Laboratory"}, "", c.laboratoryRef(), taken, issued}
	var results []string
	normal := true
	for _, o := range c.results.Tests {
		if !slices.Contains(tests, o.ID) {
			continue
		}
		reading, outside := c.reading(o, tilt)
		normal = normal && !outside
		results = append(results, c.observe(o, sample, reading...))
	}
	conclusion := "All results within the reference range."
	if !normal {
		conclusion = "One or more results outside the reference range."
	}
	c.add("DiagnosticReport", object{
		{"status", "final"}, {"category", list{concept(hl7+"v2-0074", "LAB", "Laboratory")}},
		{"code", code}, {"subject", ref(c.subject())}, {"effectiveDateTime", instant(taken)}, {"issued", instant(issued)},
		{"performer", refs(c.laboratoryRef())}, {"resultsInterpreter", refs(c.doctor.reference())},
		{"result", refs(results...)}, {"conclusion", conclusion},
	})
}

// reading is the value of one test with its interpretation and reference range, and whether it lies outside.
func (c *chart) reading(o observable, tilt float64) (object, bool) {
	normal := o.Range
	if c.person.sex == "female" && o.Female != nil {
		normal = o.Female
	}
	low, high := normal[0], normal[1]
	for _, problem := range c.problems {
		if shifted, ok := o.Shifted[problem.id]; ok {
			low, high = shifted[0], shifted[1]
		}
	}
	at := 0.7*tilt + 0.3*c.chance.Float64()
	if o.Inverse {
		at = 1 - at
	}
	// A little beyond both ends: one healthy result in a few is just outside its range.
	scale := math.Pow10(o.Digits)
	v := math.Round(max(low+(high-low)*(1.06*at-0.03), 0)*scale) / scale
	code, display := "N", "Normal"
	switch {
	case v > normal[1]:
		code, display = "H", "High"
	case v < normal[0]:
		code, display = "L", "Low"
	}
	limit := func(v float64) object { return quantity(number(v, o.Digits), o.Unit) }
	return object{
		value(o, v),
		{"interpretation", list{concept(hl7+"v3-ObservationInterpretation", code, display)}},
		{"referenceRange", list{object{{"low", limit(normal[0])}, {"high", limit(normal[1])}}}},
	}, code != "N"
}
