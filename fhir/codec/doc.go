// Package codec reads FHIR R4 JSON (R4 json, 2.6.2) onto google/fhir's messages in one pass: the same walk over the bytes
// fills the message, validates, minifies, and notes where storing and transactions must change something (fhir.Spans, fhir.Link).
//
// Nothing here knows a resource type by name. What an object may hold is a plan, made once from the message's
// descriptor and its annotations: JSON names, cardinality, required elements, codes of required bindings, reference targets, R4's constraints.
// Those are compiled from their FHIRPath (compile.go), and told in R4's words (constraints.tsv).
//
// The messages equal those of google/fhir's jsonformat, which is the oracle of the tests. What that one wrongly accepts
// is refused here, and the other way round; oracle_test.go lists each such difference with its reason.
//
// Not here: terminology beyond required bindings, profiles, the practice's own rules, writing JSON (stored bytes are served).
package codec
