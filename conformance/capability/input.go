package capability

import (
	"encoding/json"
	"time"

	"frontdesk/fhir/spec"
)

// Input is what a statement is generated from.
type Input struct {
	Mode         string        // "full", "normative" or "terminology" (R4 http 3.1.0.13)
	Base         string        // the FHIR base URL
	Version      string        // of Frontdesk
	Date         time.Time     // when this server was put together
	Interactions []Interaction // the route table
	Registry     *spec.Registry
	Ready        func(*spec.Param) bool // whether a parameter's index is complete
}

// Interaction is one row of the route table.
type Interaction struct {
	Code            string // R4's code, as "search-type"; "capabilities" for /metadata itself
	Method, Pattern string
	System          bool // at the base, rather than on a type
	Conditional     bool // the resource is named by criteria
}

// Statement is the CapabilityStatement, or with mode terminology the TerminologyCapabilities, as JSON.
func Statement(in Input) ([]byte, error) {
	return json.Marshal(map[string]any{
		"resourceType": "CapabilityStatement",
		"status":       "active",
		"date":         in.Date.UTC().Format(time.RFC3339),
		"kind":         "instance",
		"software":     map[string]string{"name": "Frontdesk", "version": in.Version},
		"fhirVersion":  "4.0.1",
		"format":       []string{"application/fhir+json", "json"},
	})
}
