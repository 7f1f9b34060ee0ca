package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequest throws methods, paths, queries and bodies at a server. None may be answered by a 5xx, and every refusal
// is an OperationOutcome (client.send checks that).
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ method, target, body string }{
		{"GET", "/fhir/Patient/1", ""},
		{"GET", "/fhir/Patient/1/_history/1?_pretty=true", ""},
		{"GET", "/fhir/Patient?family=a&_sort=-birthdate&_count=2&_include=*", ""},
		{"GET", "/fhir/Observation?code=http://loinc.org|1-1,2&date=ge2026&value-quantity=5||mg", ""},
		{"GET", "/fhir/Observation?subject:Patient.family:exact=A&_has:Provenance:target:agent=1", ""},
		{"GET", "/fhir?_type=Patient&_lastUpdated=lt2030", ""},
		{"GET", "/fhir/_history?_since=2026-01-01T00:00:00Z&_cursor=AAAA", ""},
		{"GET", "/fhir/metadata?mode=full", ""},
		{"POST", "/fhir/Patient", `{"resourceType":"Patient"}`},
		{"PUT", "/fhir/Patient/1", `{"resourceType":"Patient","id":"1"}`},
		{"PUT", "/fhir/Patient?identifier=a|b", `{"resourceType":"Patient"}`},
		{"PATCH", "/fhir/Patient/1", `[{"op":"add","path":"/active","value":true}]`},
		{"DELETE", "/fhir/Patient?_id=1", ""},
		{"POST", "/fhir/Patient/_search?_format=json", "family=a&_summary=count"},
		{"POST", "/fhir", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/1"}}]}`},
		{"OPTIONS", "/fhir/Patient/%2e%2e/x", ""},
		{"GET", "/%ff//\x00", ""},
	} {
		f.Add(seed.method, seed.target, seed.body)
	}
	c := newClient(f)
	c.put("1", "Adams")
	f.Fuzz(func(t *testing.T, method, target, body string) {
		location, err := url.ParseRequestURI(target)
		if err != nil || method == "" || strings.ContainsAny(method, " \r\n\t") {
			return // net/http refuses these before any handler sees them
		}
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL = method, location
		r.Header.Set("Content-Type", map[bool]string{
			true: "application/x-www-form-urlencoded", false: map[bool]string{true: "application/json-patch+json", false: "application/json"}[method == "PATCH"],
		}[strings.Contains(target, "_search")])
		if a := (client{t, c.h}).send(r); a.status >= 500 {
			t.Errorf("%s: %d %s", a.request, a.status, a.body)
		}
	})
}
