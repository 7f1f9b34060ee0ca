// Package spec is R4 as data: resource types, search parameters, compartments and summaries, read from data/ once at
// start into a Registry. A new type or parameter is a row there, never Go (I5). Expressions are compiled here to
// steps over google/fhir messages; what a row means to a query is package search's business.
//
// An expression goes through fhir/path's parser, through compile.go and where.go to routes over fhir/model's types,
// which steps.go walks. define.go makes Params of Definitions, branch.go finds those that need no index of their own.
// The tables types, params, compartments and summary come from HL7's definitions by internal/distil; own, practice
// and unsupported are written by hand.
package spec
