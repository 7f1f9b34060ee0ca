// Package patch applies patches to a resource's JSON (R4 http 3.1.0.6): JSON Patch (RFC 6902), FHIRPath Patch (R4
// fhirpatch) and XML Patch (RFC 5261). All work on the bytes as they are stored, so that what a patch doesn't touch
// keeps its decimals and its order. What comes out is not validated: that is codec.Decode's, as with every resource
// that is sent.
package patch
