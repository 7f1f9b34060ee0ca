// Package search gives queries their meaning: Parse reads a URL's query into one compiled form, Index takes from a
// resource the values it is found by, Match says whether a query finds it. A backend compiles the same form to its
// own language and must agree with Match, which is the oracle (conformance.TestAgreement).
//
// There is one file for each parameter type (token.go, string.go, date.go …): how its values are read from a URL, how
// they are taken from google/fhir's data types, how the two meet. The table kinds in index.go binds them. What text and
// its words are is said in package prose; the grammar of _filter is read in package filter, and compiled in filter.go.
// A query goes through parse.go (the whole), clause.go (one parameter, its modifier and alternatives), chain.go (chains
// and _has) and result.go (what isn't a condition). Parameters that R4 lists but another's index answers
// (Observation.patient is subject restricted to Patients) are rewritten on the way: an Expr has Indexed parameters
// only.
//
// R4's own text is at https://hl7.org/fhir/R4/search.html; comments name its sections. What it leaves to the server:
//
//   - codes and identifiers are compared without case; systems, URIs and units of measure with it;
//   - a date without a zone is the practice's (Europe/London), in queries and in resources;
//   - "approximately" is 10 % of a number, or of a date's distance to now;
//   - several faults are told at once, each with a right example, and nothing is ignored unless the client asks for it.
package search
