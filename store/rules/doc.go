// Package rules says what a write means at a practice. Each Rule sees all writes of a commit, whichever way they came,
// and refuses them or adds to the Batch. Rules know FHIR and the store, nothing of HTTP.
package rules
