// Package middleware is what happens around every request whatever it asks for: a support reference, an access log
// line, metrics, security headers, recovery from panics, compression. It knows Gin and HTTP, nothing of FHIR, and never
// sees or writes down a raw path, a query or a body: they can hold what is known of a patient.
package middleware
