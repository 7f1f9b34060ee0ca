// Package filter reads the syntax of _filter (https://hl7.org/fhir/R4/search_filter.html) into a tree. What the names
// and operators in it mean is package search's business; here they are only words.
package filter
