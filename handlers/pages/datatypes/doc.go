// Package datatypes reads FHIR's data types as people do: a concept, a quantity, a name, in words. What a page makes of
// a resource doesn't belong here.
package datatypes
