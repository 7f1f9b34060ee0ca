package handlers_test

import (
	"net/http"
	"testing"
)

// TestErrorsComeInTheFormatThatWasAskedFor, wherever they arise: the router, a route, a body, a panic.
func TestErrorsComeInTheFormatThatWasAskedFor(t *testing.T) {
	const outcome = `<?xml version="1.0" encoding="UTF-8"?><OperationOutcome xmlns="http://hl7.org/fhir"><issue><severity value="error"/>`
	c := newClient(t)
	for path, status := range map[string]int{
		"/nowhere": 404, "/fhir/Nowhere": 404, "/fhir/Patient/1": 404, "/fhir/Patient?nonsense=1": 400, "/fhir/Patient/1?_format=json": 404,
	} {
		a := c.raw("GET", path, "", "Accept: application/fhir+xml").is(status)
		if path == "/fhir/Patient/1?_format=json" {
			a.says(`"OperationOutcome"`)
			continue
		}
		a.says(outcome).has("Content-Type", "application/fhir+xml; charset=utf-8")
	}
	c.raw("GET", "/fhir/Patient/1", "", "Accept: application/turtle").is(http.StatusNotAcceptable).says(`"OperationOutcome"`)
	newClient(t, failing(func() error { panic("secret") })).
		raw("GET", "/fhir/Patient/1?_format=xml", "").is(http.StatusInternalServerError).says(outcome)
}

// TestABodyInXMLIsRefusedWhereItIsWrong: what isn't XML by its place in the text, what isn't FHIR by its element.
func TestABodyInXMLIsRefusedWhereItIsWrong(t *testing.T) {
	c := newClient(t)
	post := func(body string) answer {
		return c.do("POST", "/Patient", body, "Content-Type: application/fhir+xml").is(http.StatusBadRequest)
	}
	post(`<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&x;"/></Patient>`).
		says("document type declarations aren't accepted").hasNo("root:")
	post(`<Patient xmlns="http://hl7.org/fhir"><gender value="M"/></Patient>`).says(`["Patient.gender"]`)
	post(`<Patient xmlns="http://hl7.org/fhir"><gender value="male"/><active value="true"/></Patient>`).says("line 1, column 60", `\u003cactive\u003e comes too late`)
	c.do("POST", "/Observation", `<Patient xmlns="http://hl7.org/fhir"/>`, "Content-Type: text/xml").is(http.StatusBadRequest)
}

// TestAPatchInAnUnknownFormatIsToldWhichThereAre (RFC 5789 2.2).
func TestAPatchInAnUnknownFormatIsToldWhichThereAre(t *testing.T) {
	c := newClient(t)
	c.do("PATCH", "/Patient/1", "[]", "Content-Type: application/json").is(http.StatusUnsupportedMediaType).
		has("Accept-Patch", "application/json-patch+json, application/xml-patch+xml, application/fhir+json, "+
			"application/fhir+xml")
}
