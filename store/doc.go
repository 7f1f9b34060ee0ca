// Package store is the only door to data. Open binds a Backend to the Registry; As binds it to a Grant and gives a
// Session, which conjoins the grant's predicate to everything (I1). What is the same for all backends is done here:
// conditional interactions, transactions and the links within them, includes, history, search parameters posted at run
// time.
//
// Not here: Bundles and pages, which are handlers' business; what a write means at a practice, which package rules
// says; what a patient's record is, which package record says; SQL, which only package sqlite knows.
package store
