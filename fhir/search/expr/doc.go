// Package expr is the algebra of conditions on one resource: what searches ask for and what grants allow are Exprs, and
// access control, the Session and both backends take them apart only by what is here or by a switch that names every
// kind.
//
// A new kind of Expr is a type in expr.go and a line in Kinds. A test of package conformance then fails for each switch
// in the tree that handles some kinds and not the new one; until it is handled there, whatever meets it denies
// (invariant I1).
package expr
