// Package model is what R4 says of its types, as google/fhir's descriptors and their annotations tell it, read once:
// the elements of each type, their cardinality, the types of a choice (value[x]), the targets of references, the
// codes of required bindings, constraints in FHIRPath, and what each type specializes. Content references need no
// care: google/fhir uses the message of the element referred to, so Questionnaire.item.item has the type
// Questionnaire.item.
//
// It knows nothing of JSON beyond the names of members, of search, or of Go structs: fhir/codec makes its plans from
// it, fhir/spec its search parameters, fhir/path its types.
package model
