package search

import (
	"frontdesk/fhir/search/expr"
	"testing"

	"frontdesk/fhir"
)

func TestParseCriteria(t *testing.T) {
	for _, query := range []string{"identifier=urn:a|b", "Patient?identifier=urn:a|b", "?identifier=urn:a|b", "identifier=urn:a|b&_format=json"} {
		s, err := ParseCriteria(registry(t), "Patient", query, options)
		if err != nil || expr.Print(s.From[0].Where) != "Patient.identifier = urn:a|b" || s.Limit != 2 {
			t.Errorf("%s: %v %v", query, s, err)
		}
	}
	for _, query := range []string{"", "_count=5", "identifier=a&_sort=name", "Observation?code=a", "_include=Patient:link"} {
		if _, err := ParseCriteria(registry(t), "Patient", query, options); fhir.KindOf(err) != fhir.Invalid {
			t.Errorf("%s: %v", query, err)
		}
	}
}
