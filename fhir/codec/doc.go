// Package codec reads FHIR R4 JSON (R4 json, 2.6.2) onto google/fhir's messages in one pass: the same walk over the
// bytes fills the message, validates, minifies, and notes where storing and transactions must change something
// (fhir.Spans, fhir.Link).
//
// Nothing here knows a resource type by name. What an object may hold is a plan, made once from its type in
// fhir/model: JSON names, cardinality, required elements, codes of required bindings, reference targets, R4's
// constraints. Of those, what is hot is compiled from fhir/path's syntax trees to conditions that are checked in the
// pass (compile.go); what says more is asked of the resource when it has been read (ask.go). A few are checked by
// hand (rules.go, bundlerules.go, contained.go).
//
// The messages equal those of google/fhir's jsonformat, which is the oracle of the tests. What that one wrongly accepts
// is refused here, and the other way round; oracle_test.go lists each such difference with its reason.
//
// Not here: terminology beyond required bindings, profiles, the practice's own rules, writing JSON (stored bytes are
// served).
package codec
