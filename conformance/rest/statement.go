package rest

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
)

// provable are the interactions that this suite can prove. A claim of any other fails: a promise without a proof.
var provable = []string{"read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type",
	"transaction", "batch", "search-system", "history-system"}

// statements holds /metadata itself to R4 http 3.1.0.10.
func (s *suite) statements(t *testing.T) {
	c := s.claims
	if c.ResourceType != "CapabilityStatement" || c.Status == "" || c.Date == "" || c.Kind != "instance" || c.FHIRVersion != "4.0.1" ||
		c.Software.Name == "" || c.Implementation.URL == "" || !slices.Contains(c.Format, "json") && !slices.Contains(c.Format, "application/fhir+json") {
		t.Errorf("the statement is not complete: %+v", c.Software)
	}
	for mode, typ := range map[string]string{"full": "CapabilityStatement", "normative": "CapabilityStatement", "terminology": "TerminologyCapabilities"} {
		a := s.do(t, "GET", "/metadata?mode="+mode, "").is(200)
		r, err := codec.Decode([]byte(a.body), codec.Limits{})
		if err != nil || r.Type != typ {
			t.Errorf("mode %s is not a valid %s: %v", mode, typ, err)
		}
	}
	s.do(t, "GET", "/metadata?mode=everything", "").is(400)
	s.briefly(t)
	s.do(t, "POST", "/metadata", "{}").is(405)
	for _, i := range c.Rest[0].Interaction {
		if !slices.Contains(provable, i.Code) {
			t.Errorf("the interaction %s is claimed, and nothing proves it", i.Code)
		}
	}
	if s.system("search-system") {
		for _, p := range c.Rest[0].SearchParam {
			query := p.Name + ":missing=true"
			if p.Type == spec.Special.String() {
				query = sample(&spec.Param{Code: p.Name, Kind: spec.Special}).escaped()
			}
			s.do(t, "GET", "/?"+query+"&_count=1", "").is(200).bundle("searchset")
		}
	}
}

// briefly asks for parts of the statement (R4 search 3.1.1.5.8, 3.1.1.5.9): each says that it is a part, and is far
// smaller. A summary is valid by itself; of what is left of _elements, R4's constraints on the whole are not asked.
func (s *suite) briefly(t *testing.T) {
	whole := len(s.do(t, "GET", "/metadata", "").is(200).body)
	for query, has := range map[string]string{"_summary=true": `"fhirVersion":"4.0.1"`,
		"_elements=fhirVersion,format":      `"format":["`,
		"_elements=software&mode=normative": `"software":{"`} {
		a := s.do(t, "GET", "/metadata?"+query, "").is(200).says("SUBSETTED").says(has)
		_, err := codec.Decode([]byte(a.body), codec.Limits{})
		if err != nil && strings.HasPrefix(query, "_summary") {
			t.Errorf("/metadata?%s is not valid: %v", query, err)
		}
		if len(a.body) > whole/10 {
			t.Errorf("/metadata?%s has %d bytes, and all of it %d", query, len(a.body), whole)
		}
		t.Logf("/metadata?%s has %d bytes, and all of it %d", query, len(a.body), whole)
	}
	s.do(t, "GET", "/metadata?_elements="+nowhere, "").is(400)
}

// features looks at what is claimed of a type besides its parameters.
func (s *suite) features(t *testing.T, c claim) {
	if _, ok := s.registry.Type(c.Type); !ok {
		t.Errorf("%s is claimed, and R4 has no such type", c.Type)
	}
	for _, i := range c.Interaction {
		if !slices.Contains(provable, i.Code) {
			t.Errorf("%s: the interaction %s is claimed, and nothing proves it", c.Type, i.Code)
		}
	}
	if c.has("read") {
		s.do(t, "GET", "/"+c.Type+"/"+nowhere, "").is(404)
	}
	if c.has("create") {
		s.do(t, "POST", "/"+c.Type, `{"resourceType":"`+c.Type+`","`+nowhere+`":1}`).is(400, 422).says(nowhere)
	}
	if c.has("search-type") {
		s.do(t, "GET", "/"+c.Type+"?"+nowhere+"=1", "").is(400).says(nowhere)
		s.do(t, "GET", "/"+c.Type+"?_count=1", "").is(200).bundle("searchset")
		s.do(t, "POST", "/"+c.Type+"/_search", "_count=1", form).is(200).bundle("searchset")
	}
	if c.has("history-type") {
		s.do(t, "GET", "/"+c.Type+"/_history?_count=1", "").is(200).bundle("history")
	}
}

const form = "Content-Type: application/x-www-form-urlencoded"

// transport is what every server owes: HEAD, OPTIONS, compression, formats.
func (s *suite) transport(t *testing.T) {
	get := s.do(t, "GET", "/metadata?_pretty=true", "", "Accept-Encoding: identity").is(200)
	if !strings.Contains(get.body, "\n  ") {
		t.Error("_pretty=true isn't indented")
	}
	head := s.do(t, "HEAD", "/metadata", "", "Accept-Encoding: identity").is(200)
	if head.body != "" || head.has("Content-Type") != get.header.Get("Content-Type") {
		t.Errorf("HEAD has a body of %d bytes and Content-Type %q", len(head.body), head.header.Get("Content-Type"))
	}
	if allow := s.do(t, "OPTIONS", "/Patient", "").is(200, 204).has("Allow"); !strings.Contains(allow, "POST") || !strings.Contains(allow, "GET") {
		t.Errorf("Allow is %q", allow)
	}
	packed := s.do(t, "GET", "/metadata", "", "Accept-Encoding: gzip").is(200)
	if packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) > len(get.body)/2 {
		t.Errorf("with Accept-Encoding: gzip %d bytes came as %q", len(packed.body), packed.header.Get("Content-Encoding"))
	}
	for _, accept := range []string{"application/fhir+json", "application/json", "application/fhir+json;fhirVersion=4.0", "*/*", "text/html;q=0.5, application/json"} {
		a := s.do(t, "GET", "/metadata", "", "Accept: "+accept).is(200)
		if got := a.header.Get("Content-Type"); !strings.Contains(got, "json") {
			t.Errorf("Accept %s gave %s", accept, got)
		}
	}
}

// refusals are errors by their HTTP status, each with an OperationOutcome (which do checks).
func (s *suite) refusals(t *testing.T) {
	const patient = `{"resourceType":"Patient"}`
	for _, c := range []struct {
		method, path, body, header string
		status                     int
	}{
		{"GET", "/Nowhere/1", "", "", 404},
		{"GET", "/patient/1", "", "", 404},
		{"GET", "/Patient/a_b", "", "", 404},
		{"GET", "/Patient/1/2/3", "", "", 404},
		{"GET", "/Patient/" + nowhere + "/_history", "", "", 404},
		{"GET", "/Patient/" + nowhere + "/_history/1", "", "", 404},
		{"DELETE", "/Patient", "", "", 400},
		{"DELETE", "/metadata", "", "", 405},
		{"PUT", "/Patient/1/_history/1", patient, "", 405},
		{"POST", "/Patient/1", patient, "", 405},
		{"GET", "/Patient", "", "Accept: application/fhir+turtle", 406},
		{"GET", "/Patient?_format=ttl", "", "", 406},
		{"GET", "/Patient", "", "Accept: application/fhir+json;fhirVersion=3.0", 406},
		{"POST", "/Patient", patient, "Content-Type: application/fhir+xml", 400},
		{"POST", "/Patient", patient, "Content-Type: text/plain", 415},
		{"PATCH", "/Patient/1", `[]`, "Content-Type: application/json", 415},
		{"POST", "/Patient", `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`, "", 400},
		{"POST", "/Patient", `{"resourceType":"Patient"`, "", 400},
		{"POST", "/Patient", `{"resourceType":"Patient","gender":"x"}`, "", 400},
		{"POST", "/Patient", patient + `x`, "", 400},
		{"PUT", "/Patient/1", patient, "", 400},
		{"PUT", "/Patient/1", `{"resourceType":"Patient","id":"2"}`, "", 400},
		{"PUT", "/Patient/1", `{"resourceType":"Patient","id":"1"}`, "If-Match: nonsense", 400},
		{"PUT", "/Patient/" + nowhere, `{"resourceType":"Patient","id":"` + nowhere + `"}`, `If-Match: W/"7"`, 412},
		{"GET", "/Patient?birthdate=ge2026-13-45", "", "", 400},
		{"GET", "/Patient?_count=x", "", "", 400},
		{"GET", "/Patient?_sort=" + nowhere, "", "", 400},
		{"GET", "/Patient?_include=Patient:" + nowhere, "", "", 400},
		{"GET", "/Patient?name:nonsense=x", "", "", 400},
		{"GET", "/Patient?_cursor=nonsense", "", "", 400},
		{"GET", "/Patient?name=%zz", "", "", 400},
		{"GET", "/Patient/_history?_since=yesterday", "", "", 400},
		{"POST", "", `{"resourceType":"Bundle","type":"collection"}`, "", 400},
		{"POST", "", patient, "", 400},
		{"POST", "/Patient", patient, "Prefer: return=everything", 400},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{c.header}
		}
		a := s.do(t, c.method, c.path, c.body, headers...).is(c.status)
		if c.status == http.StatusMethodNotAllowed {
			a.has("Allow")
		}
	}
}
