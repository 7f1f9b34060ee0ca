package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// app is what a patient's app holds with some scopes.
func app(t *testing.T, id, scopes string) access.Grant {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := access.ParseScopes(r, scopes, search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return access.Caller{Identity: access.Identity{Client: "app", Person: "Patient/" + id, Patient: id}, Registry: r, Scopes: parsed, Patients: []string{id}}.Grant()
}

// S4: scopes add up, and each entry of a batch or a transaction is held to them as if it had come alone.
func TestS4_ScopesAddUpAndHoldForEveryEntry(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		c := all.as(app(t, "a", "patient/Patient.r patient/Observation.s patient/Observation.c"))
		c.do("GET", "/Patient/a", "").is(http.StatusOK)
		c.do("GET", "/Observation?patient=a", "").is(http.StatusOK).says("oa1")
		c.do("GET", "/Observation/oa1", "").is(http.StatusForbidden).says("patient/Observation.r")
		c.do("GET", "/Patient?_id=a", "").is(http.StatusForbidden)
		c.do("GET", "/Encounter/ea", "").is(http.StatusForbidden)
		batch := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/a"}},{"request":{"method":"GET","url":"Observation/oa1"}},
			{"request":{"method":"GET","url":"Encounter/ea"}},{"request":{"method":"DELETE","url":"Observation/oa1"}}]}`
		got := c.do("POST", "", batch).is(http.StatusOK).bundle()
		var statuses []string
		for _, e := range got.Entry {
			statuses = append(statuses, e.Response.Status[:3])
		}
		if want := [4]string{"200", "403", "403", "403"}; len(statuses) != 4 || [4]string(statuses) != want {
			t.Errorf("the batch's entries got %v, want %v", statuses, want)
		}
		own := `{"resource":{"resourceType":"Observation","status":"final","code":{"text":"home"},"subject":{"reference":"Patient/a"},"performer":[{"reference":"Patient/a"}],
			"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]},"request":{"method":"POST","url":"Observation"}}`
		other := strings.ReplaceAll(own, "Patient/a", "Patient/b")
		c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+own+`]}`).is(http.StatusOK)
		c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+own+`,`+other+`]}`).is(http.StatusForbidden).says("Bundle.entry[1]")
		c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+own+`,{"request":{"method":"DELETE","url":"Observation/oa1"}}]}`).
			is(http.StatusForbidden).says("Bundle.entry[1]")
		all.do("GET", "/Observation?code:text=home&_summary=count", "").is(http.StatusOK).says(`"total":1`)
	})
}
