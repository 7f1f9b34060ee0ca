// Package filled makes, for any R4 resource type, an example in which as many elements have a value as may have one
// together, from the descriptors of google/fhir's messages: with it a suite can ask for every search parameter of every
// type, without a hand-written example of each. Only tests import it.
package filled
