// Package data makes synthetic FHIR R4 resources for the load generator.
//
// What lives here: the vocabulary (names, LOINC codes), the JSON templates and
// the seeded random source that fills them. The same seed and stream always
// give the same bytes, so two servers can be sent the same load.
//
// What may not: HTTP, measurement, and any package of the server under test.
// A template is filled by joining byte slices, not by reflection, because the
// generator usually shares its processors with the server it measures.
package data
