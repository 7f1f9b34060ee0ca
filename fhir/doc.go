// Package fhir is Frontdesk's vocabulary: Key names a resource, Resource is one version of it, Body is its
// bytes as they are stored and served, Error is everything that can go wrong, said so that a person can act.
//
// Its sub-packages build on it: codec reads JSON onto google/fhir messages, spec holds R4 as data, search parses
// and matches queries, access turns grants into predicates. Nothing here or below may import Gin or a database.
package fhir
