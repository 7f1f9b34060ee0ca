// Package spec is R4 as data: resource types, search parameters, compartments and summaries, read from data/ once at
// start into a Registry. A new type or parameter is a row there, never Go (I5). Expressions are compiled here to
// steps over google/fhir messages; what a row means to a query is package search's business.
package spec
