package handlers_test

import (
	"net/http"
	"testing"
)

// TestFHIRPathPatch: by itself in JSON and in XML, by criteria, in a batch and in a transaction, where what it refers
// to is resolved.
func TestFHIRPathPatch(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	operation := func(family string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},` +
			`{"name":"path","valueString":"Patient.name[0].family"},{"name":"value","valueString":"` + family + `"}]}]}`
	}
	c.do("PATCH", "/Patient/1", operation("Baker")).is(http.StatusOK).says(`"family":"Baker"`).has("ETag", `W/"2"`)
	c.do("PATCH", "/Patient?_id=1", operation("Clark"), `If-Match: W/"2"`).is(http.StatusOK).says(`"family":"Clark"`)
	c.do("PATCH", "/Patient/1", `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>`+
		`<part><name value="type"/><valueCode value="add"/></part><part><name value="path"/><valueString value="Patient"/></part>`+
		`<part><name value="name"/><valueString value="gender"/></part><part><name value="value"/><valueCode value="male"/></part></parameter></Parameters>`,
		"Content-Type: application/fhir+xml").is(http.StatusOK).says(`"gender":"male"`)
	c.do("PATCH", "/Patient/1", patient("1", "Adams")).is(http.StatusBadRequest).says("Parameters")
	c.do("PATCH", "/Patient/1", `{"resourceType":"Parameters","parameter":[{"nam":"operation"}]}`).is(http.StatusBadRequest).says("nam")
	c.do("PATCH", "/Patient/1", operation("")).is(http.StatusBadRequest)
	entry := func(resource, url string) string {
		return `{"resource":` + resource + `,"request":{"method":"PATCH","url":"` + url + `"}}`
	}
	for _, typ := range []string{"batch", "transaction"} {
		c.do("POST", "", `{"resourceType":"Bundle","type":"`+typ+`","entry":[`+entry(operation(typ), "Patient/1")+`]}`).is(http.StatusOK).says(`"status":"200 OK"`)
		c.do("GET", "/Patient/1", "").is(http.StatusOK).says(`"family":"` + typ + `"`)
	}
	refer := `{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},` +
		`{"name":"name","valueString":"managingOrganization"},{"name":"value","valueReference":{"reference":"urn:uuid:00000000-0000-0000-0000-00000000000a"}}]}]}`
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+entry(refer, "Patient/1")+
		`,{"fullUrl":"urn:uuid:00000000-0000-0000-0000-00000000000a","resource":{"resourceType":"Organization","name":"x"},"request":{"method":"POST","url":"Organization"}}]}`).
		is(http.StatusOK)
	c.do("GET", "/Patient/1", "").is(http.StatusOK).says(`"reference":"Organization/`)
}
