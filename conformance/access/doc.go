// Package access is the proof that nothing leaks: suites that hold a server to I1 and I2, whichever backend is behind
// it.
//
// TestMatrix asks everything that /metadata claims, as each of the holders of a token, of a world in which who may see
// what is written by hand (world.txt), and compares with the answers of a server that holds nothing but that.
// TestInterference runs the same random requests in two worlds that differ only in what a holder may not see: the
// answers must be equal.
//
// Not here: how the predicate is made (package fhir/access, which this package uses for nothing but to say who asks),
// and tokens.
package access
