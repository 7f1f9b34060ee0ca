// Package fake is a small FHIR server in memory that the tests of the load
// generator send to. It is strict about what the generator may get wrong:
// bodies that do not fit their URL, references that do not resolve, searches it
// does not know.
//
// Only tests import it.
package fake
