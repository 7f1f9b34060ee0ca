package spec

import (
	"slices"

	"frontdesk/fhir/model"
)

// carriers are the data types that a kind of parameter can be searched in (R4 search 3.1.1.4 gives them kind by kind).
var carriers = map[Kind][]string{
	Number:    {"integer", "decimal", "positiveInt", "unsignedInt", "Range"},
	Date:      {"date", "dateTime", "instant", "Period", "Timing"},
	String:    {"string", "markdown", "HumanName", "Address"},
	Token:     {"Coding", "CodeableConcept", "code", "boolean", "Identifier", "ContactPoint", "id", "uri", "oid", "string"},
	Reference: {"Reference", "canonical", "uri"},
	Quantity:  {"Quantity", "SimpleQuantity", "MoneyQuantity", "Age", "Duration", "Distance", "Count", "Money", "Range", "SampledData"},
	URI:       {"uri", "url", "canonical", "oid", "uuid"},
	Prose:     {"Narrative"},
}

// Identifies says whether the parameter searches in Identifiers, alone or among other elements.
func (p *Param) Identifies() bool {
	return slices.ContainsFunc(p.Answers(), func(b Branch) bool { return slices.ContainsFunc(b.Param.program, route.identifies) })
}

func (r route) identifies() bool {
	if r.at != nil {
		return r.at.Name == "Identifier"
	}
	return r.choice.As("Identifier") != nil
}

// suits says whether elements of type t can be searched by a parameter of the kind. A nil t is an open choice. There
// are words in a narrative, and in a resource as a whole.
func suits(k Kind, t *model.Type) bool {
	return t == nil || k == Composite || k == Prose && t.Kind == model.Resource || slices.Contains(carriers[k], t.Name)
}
