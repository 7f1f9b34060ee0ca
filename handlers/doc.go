// Package handlers is FHIR R4's RESTful API (R4 http, 3.1.0) over the store. One route table (routes.go) is the whole
// API: Gin is registered from it, batch and transaction entries are dispatched by it, and /metadata is generated from
// it. There is one file for each FHIR interaction, and a handler is independent of the transport: it takes a Request
// and gives a Response.
//
// Not here: what a write means (store, store/rules), what a query means (fhir/search), who may do what (fhir/access). A
// handler holds a store.Session and never a Backend. Headers are read by package wire, and what happens around every
// request is in package middleware. Errors become an OperationOutcome in one place, outcome.go.
package handlers
