package handlers_test

import (
	"net/http"
	"testing"

	"frontdesk/fhir/access"
)

// Who may search everything can ask how a search is answered; for a patient the parameter doesn't exist.
func TestExplain(t *testing.T) {
	everyBackend(t, func(t *testing.T, c shared) {
		c.put("1", "Adams")
		c.do("GET", "/Patient?family=adams&_explain=true", "").is(http.StatusOK).says(`"information"`, "Patient.family = ").hasNo("Adams")
		c.do("GET", "/Patient?family=adams&%5Fexplain=true&_summary=count", "").is(http.StatusOK).says("OperationOutcome")
		c.do("GET", "/Patient?family=adams&_explain=false", "").is(http.StatusOK).says("searchset")
		c.do("GET", "/Patient?_explain=yes", "").is(http.StatusBadRequest).says("_explain")
		c.do("GET", "/Patient?_explain=true&_explain=true", "").is(http.StatusBadRequest).says("_explain")
		c.do("GET", "/Patient?famly=adams&_explain=true", "").is(http.StatusBadRequest).says("famly")
		p := c.as(access.PatientRead("1"))
		p.do("GET", "/Patient?_explain=true", "").is(http.StatusBadRequest).says("_explain").hasNo("read")
	})
}
