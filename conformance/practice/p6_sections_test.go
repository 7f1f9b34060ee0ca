package practice_test

import (
	"net/http"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// chart is one entry of Ann's record in each section.
var chart = []string{
	`{"resourceType":"Condition","id":"asthma","subject":{"reference":"Patient/ann"},"code":{"text":"Asthma"}}`,
	`{"resourceType":"Observation","id":"weight","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"Weight"},"category":[{"coding":[{"code":"vital-signs"}]}]}`,
	`{"resourceType":"Observation","id":"hba1c","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"HbA1c"},"category":[{"coding":[{"code":"laboratory"}]}]}`,
	`{"resourceType":"MedicationRequest","id":"inhaler","status":"active","intent":"plan","subject":{"reference":"Patient/ann"},"medicationCodeableConcept":{"text":"Salbutamol"}}`,
	`{"resourceType":"Communication","id":"hello","status":"completed","subject":{"reference":"Patient/ann"},"payload":[{"contentString":"Hello"}]}`,
}

// set decides on somebody's online access.
func (p *practice) set(typ, id string, settings any) {
	p.Helper()
	p.must(online.Set(p.Context(), p.store, fhir.Key{Type: typ, ID: id}, settings))
}

// levels are all sections at one level, but those named.
func levels(all access.Level, but map[string]access.Level) map[string]access.Level {
	out := map[string]access.Level{}
	for section := range online.Defaults().Sections {
		out[section] = all
		if level, named := but[section]; named {
			out[section] = level
		}
	}
	return out
}

func TestP6_AClosedSectionIsNotThere(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann := p.patient("ann")
		ann.is(http.StatusOK, ann.get("/Condition/asthma"))
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.None}})
		ann.is(http.StatusForbidden, ann.get("/Condition/asthma")) // as Conditions that aren't there: the section is closed
		ann.is(http.StatusForbidden, ann.get("/Condition/nothing"))
		ann.sees("/Observation", "Observation/hba1c")
		ann.sees("/Communication", "Communication/hello")
	})
}
