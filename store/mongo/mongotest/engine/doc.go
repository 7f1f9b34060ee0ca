// Package engine keeps the collections of the test server: documents, indexes, transactions by snapshot isolation, and
// the choice of the index that serves a filter. It is held to what the MongoDB manual says of each.
//
// How it is done: a collection is a set of copy-on-write trees. A snapshot marks the trees as shared, and who writes
// next clones them first. A transaction writes into its own clones and locks what it writes; who comes second fails
// with WriteConflict, or waits if it is no transaction. A commit puts the clones in place, or does the same changes
// again if the collection has moved on.
//
// Commands and their replies are the parent package's business.
package engine
