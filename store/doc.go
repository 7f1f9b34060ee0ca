// Package store is the only door to data. Open binds a Backend to the Registry; As binds it to a Grant and gives a
// Session, which conjoins the grant's predicate to everything (I1). What is the same for all backends is done here:
// conditional interactions, transactions, includes, history, references. Bundles and links are handlers' business.
package store
