// Package wire reads what FHIR puts around a resource in an HTTP request: media types, preferences, entity tags, raw
// queries and bodies under limits. It knows headers and bytes, no resources, no store and no routes, so that a batch
// entry and an HTTP request are read by the same functions. Every error is a *fhir.Error that says what to send
// instead.
package wire
