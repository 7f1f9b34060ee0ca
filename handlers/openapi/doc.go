// Package openapi describes the API as OpenAPI 3.1 has it, of the route table and the Registry: what is wired, and
// nothing else. What a resource consists of is FHIR's own matter and isn't told here.
package openapi
