// Package search gives queries their meaning: Parse reads a URL's query into one compiled form, Index takes from a
// resource the values it is found by, Match says whether a query finds it. A backend compiles the same form to its
// own language and must agree with Match, which is the oracle. One file per parameter type.
package search
