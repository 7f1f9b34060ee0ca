package handlers

import (
	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// subset is what _summary and _elements leave of a stored resource (R4 search 3.1.1.5.8, 3.1.1.5.9).
func subset(json []byte, q *search.Search, _ *spec.Type) ([]byte, error) {
	if q.Summary == search.SummaryFalse && q.Elements == nil {
		return json, nil
	}
	return nil, fhir.Errorf(fhir.NotSupported, "", "Only whole resources can be had yet. Leave _summary and _elements out.")
}
