// Package practice makes the demo practice: an invented general practice with its staff, its appointment book and the
// records of its patients, as FHIR R4 transaction Bundles.
//
// It is a pure function of its Options (the same ones give the same bytes) and knows nothing of HTTP, the store or the
// rest of Frontdesk, so that its output can be loaded into any FHIR server. The words and clinical tables are data in
// testdata/demo; what lives here is how they are combined into a plausible record. Nothing here may read a real record.
package practice
