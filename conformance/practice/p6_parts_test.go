package practice_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
	"frontdesk/store/online"
)

// partsOfTheRecord is an entry of each part, by its section.
var partsOfTheRecord = map[string]string{
	"problems":      `{"resourceType":"Condition","id":"e","subject":{"reference":"Patient/ann"},"code":{"text":"Asthma"}}`,
	"allergies":     `{"resourceType":"AllergyIntolerance","id":"e","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"patient":{"reference":"Patient/ann"},"code":{"text":"Nuts"}}`,
	"vaccinations":  `{"resourceType":"Immunization","id":"e","status":"completed","patient":{"reference":"Patient/ann"},"vaccineCode":{"text":"Flu"},"occurrenceString":"then"}`,
	"measurements":  `{"resourceType":"Observation","id":"e","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"Weight"},"category":[{"coding":[{"code":"vital-signs"}]}]}`,
	"documents":     `{"resourceType":"DocumentReference","id":"e","status":"current","subject":{"reference":"Patient/ann"},"content":[{"attachment":{"title":"A letter"}}]}`,
	"consultations": `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}}`,
	"notes":         `{"resourceType":"ClinicalImpression","id":"e","status":"completed","subject":{"reference":"Patient/ann"},"summary":"She said that"}`,
}

// shown fails the story unless those parts of the record, and no others, are open.
func (c *client) shown(what string, parts ...string) {
	c.Helper()
	for part, entry := range partsOfTheRecord {
		typ := strings.Split(entry, `"`)[3]
		if a := c.get("/" + typ + "/e"); (a.status == http.StatusOK) != slices.Contains(parts, part) {
			c.Errorf("%s: %s is answered %d", what, part, a.status)
		}
	}
}

// P6: each part of the record opens and closes by itself, and what was decided on the whole record counts for each.
func TestP6_EachPartOfTheRecordHasASwitchOfItsOwn(t *testing.T) {
	on(t, func(p *practice) {
		p.load(slices.Collect(maps.Values(partsOfTheRecord))...)
		ann, doc := p.patient("ann"), p.staff()
		all := slices.Collect(maps.Keys(partsOfTheRecord))
		ann.shown("as the practice opens it", all...)
		for _, closed := range all {
			p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{closed: access.None}})
			ann.shown(closed+" closed", slices.DeleteFunc(slices.Clone(all), func(part string) bool { return part == closed })...)
			p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.None, closed: access.CanView}})
			ann.shown(closed+" alone", closed)
		}
		p.set("Patient", "ann", online.Person{})
		// As it was stored before the record had parts.
		_, err := p.store.As(access.Everything("before"), store.Unobserved).Transact(t.Context(), nil, store.RecordWrite{Namespace: online.Namespace, Key: "Organization/north", Revision: -1,
			Value: []byte(`{"sections":{"appointments":"manage","record":"none"},"bookingWindow":"672h","bookingEmbargo":"1h","cancelDeadline":"2h","maxFuture":3,"resultsDelay":"-1ns"}`)})
		p.must(err)
		ann.shown("closed by the practice, as stored before")
		decided := doc.is(http.StatusOK, doc.post("/Organization/north/$online-access",
			`{"resourceType":"Parameters","parameter":[{"name":"section","part":[{"name":"name","valueCode":"record"},{"name":"level","valueCode":"view"}]}]}`))
		ann.shown("opened at once by the old name", all...)
		if !strings.Contains(decided.body, `"vaccinations"`) {
			t.Errorf("what was decided isn't told by parts: %s", decided.body)
		}
	})
}

// P6: GP Connect's levels are names for some of the switches.
func TestP6_LevelsOfGPConnectHaveNames(t *testing.T) {
	on(t, func(p *practice) {
		p.load(slices.Collect(maps.Values(partsOfTheRecord))...)
		ann, doc := p.patient("ann"), p.staff()
		coded := []string{"problems", "allergies", "vaccinations", "measurements"}
		for preset, want := range map[string][]string{"summary-historical": {"allergies"}, "detailed-coded-historical": coded, "documents-historical": append(slices.Clone(coded), "documents"),
			"full-historical": slices.Collect(maps.Keys(partsOfTheRecord)), "none": nil, "summary-current": nil, "full-current": nil} {
			doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", parameters("preset", "Code", `"`+preset+`"`)))
			ann.shown(preset, want...)
			ann.is(http.StatusOK, ann.get("/Appointment")) // stays as it was
		}
		_, _, err := online.OfPerson(t.Context(), p.store.Records(), fhir.Key{Type: "Patient", ID: "ann"})
		p.must(err)
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", parameters("preset", "Code", `"full-current"`)))
		p.clock.pass(time.Minute)
		p.load(`{"resourceType":"Condition","id":"later","subject":{"reference":"Patient/ann"},"code":{"text":"Later"}}`)
		ann.is(http.StatusOK, ann.get("/Condition/later"))
		doc.is(http.StatusBadRequest, doc.post("/Patient/ann/$online-access", parameters("preset", "Code", `"everything"`)))
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", `{"resourceType":"Parameters","parameter":[{"name":"section","part":[{"name":"name","valueCode":"notes"},{"name":"level","valueCode":"none"}]},
			{"name":"preset","valueCode":"full-historical"}]}`))
		ann.shown("a preset and a switch beside it", append(coded, "documents", "consultations")...)
	})
}
