package practice

import (
	"math"
	"time"
)

// frame is a patient's build today; earlier measurements are near it.
type frame struct{ height, weight float64 } // cm, kg

func (c *chart) frame() frame {
	age := float64(c.age(c.today))
	if age < 18 {
		// Near the 50th centile of the UK growth charts.
		return frame{height: 62 + 15*math.Pow(age, 0.75) - age/2 + c.between(-6, 6), weight: 4 + 2.3*age + age*age/18 + c.between(-1, 3)}
	}
	height := c.between(150, 174)
	if c.person.sex == "male" {
		height = c.between(163, 189)
	}
	bmi := c.between(19, 31)
	if c.hasAny([]string{"obesity"}) {
		bmi = c.between(30, 42)
	}
	return frame{height: height, weight: bmi * height / 100 * height / 100}
}

// measure writes the measurements of one consultation.
func (c *chart) measure(encounter string, with clinician, at time.Time, body frame) {
	vitals := c.results.Vitals
	visit := occasion{coded{Code: "vital-signs", Display: "Vital Signs"}, encounter, with.reference(), at, at}
	if c.age(at) >= 16 && c.happens(0.8) {
		c.observe(vitals["bloodPressure"], visit, c.bloodPressure())
		c.observe(vitals["pulse"], visit, value(vitals["pulse"], c.between(55, 95)))
	}
	if !c.happens(0.5) {
		return
	}
	if years := float64(c.age(c.today) - c.age(at)); c.age(c.today) < 18 {
		body.height, body.weight = body.height-6*years, body.weight-2.5*years
		if body.weight < 3 || body.height < 50 {
			return
		}
	}
	body.weight += c.between(-2.5, 2.5) * min(1, body.weight/60)
	c.observe(vitals["weight"], visit, value(vitals["weight"], body.weight))
	c.observe(vitals["height"], visit, value(vitals["height"], body.height))
	if c.age(at) >= 18 {
		c.observe(vitals["bmi"], visit, value(vitals["bmi"], body.weight/(body.height*body.height/10_000)))
		smoking := c.results.Smoking
		answer := pickWeighted(c, smoking.Answers)
		visit.category = coded{Code: "social-history", Display: "Social History"}
		c.observe(smoking.observable, visit, member{"valueCodeableConcept", snomedConcept(answer)})
	}
}

func (c *chart) bloodPressure() member {
	top, bottom := c.between(104, 142), c.between(62, 88)
	if c.hasAny([]string{"hypertension"}) {
		top, bottom = c.between(122, 172), c.between(70, 100)
	}
	var parts list
	for _, part := range []struct {
		name  string
		value float64
	}{{"systolic", top}, {"diastolic", bottom}} {
		o := c.results.Vitals[part.name]
		v := value(o, part.value)
		parts = append(parts, object{{"code", o.concept()}, v})
	}
	return member{"component", parts}
}
