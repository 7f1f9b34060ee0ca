// Package query has the filters and projections of MongoDB's query language, as far as the backend may use them: parsed
// strictly, and matched by the rules of the MongoDB manual. What isn't known is an error that names it.
//
// Which index serves a filter is package engine's business; how values compare is package order's.
package query
