// Package sqlite is the embedded store: a store.Backend on one SQLite file, for a practice that fits on one machine.
//
// One integer orders everything: seq, the commit time of a version in microseconds since 1970, strictly increasing. It
// is meta.lastUpdated, the rowid of the version, the tie-break of every order and the index of _lastUpdated in one. k
// is the time a resource is shown by (spec.Type.Date), behind which most index rows are sorted, so that a newest-first
// page is one range scan.
//
// Writing: one goroutine (writer.go) commits all waiting Applies with one fsync; apply.go does one Batch; rows.go makes
// the index rows of an entry; words.go keeps the full-text index. Reading: plan.go chooses the path by which a query is
// driven, path.go knows the paths, probe.go compiles the rest to conditions on one row, find.go runs it. What SQL can't
// decide exactly is decided by package search, on the entries kept beside each version (entries.go), so that both
// always agree.
//
// Connections: pool.go lends those for reading and takes none back but clean; condition.go says what is wrong with a
// store, its files or its disk, and what a person can do about it.
//
// Only SQL and its tables live here; what a search parameter means doesn't.
package sqlite
