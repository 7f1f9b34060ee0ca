// Package fhir is Frontdesk's vocabulary: Key names a resource, Resource is one version of it, Body is its
// bytes as they are stored and served, Error is everything that can go wrong, said so that a person can act.
//
// Its sub-packages build on it: codec reads JSON onto google/fhir messages, spec holds R4 as data, search parses
// and matches queries, access turns grants into predicates. Nothing here or below may import Gin or a database.
//
// Comments everywhere name eight promises by number:
//
//	I1 One door       data is reached through store.Session with a Grant, which is conjoined to every query
//	I2 No leak        what a caller may not see can't be told from what never was: status, totals, pages, links
//	I3 Bytes kept     a resource is served as it was sent, minified, but for id and meta
//	I4 All or nothing a commit is whole, durable before it is answered, with its history; no update is lost
//	I5 Spec as data   a type, a search parameter or a compartment is a row of spec/data, never Go
//	I6 Promise, proof /metadata says what is wired, and a suite tries all that it says
//	I7 No silence     what isn't understood, and matters, is an error that names it
//	I8 State          lives in the Backend, so that many instances can serve one
package fhir
