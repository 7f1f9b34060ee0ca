// Package mongo is the store for those who outgrow one machine: a store.Backend on a MongoDB replica set or sharded
// cluster, shared by any number of instances.
//
// A resource is one document of collection resources, with what it is found by (package index); every version is one of
// collection history. Both are written in one transaction (apply.go, writes.go), which is tried again while others are
// in the way (commit.go); a commit of which no answer came is asked after until one does. Searches are single finds
// where the filter is exact (find.go), else candidates are read and decided one by one by package search (scan.go);
// chains are finds of their own (chain.go). All of a search reads one snapshot.
//
// When: Updated is later than everything that was committed before its Apply began, on whatever instance: the
// transaction looks up the newest version first. Of two that run at the same time on different instances either may be
// the later one, whichever commits first; two may even have the same time. So who reads on from the newest time it has
// seen (_since, _lastUpdated) should go back by as long as a request can take, and will then meet some versions twice
// and miss none.
//
// The database is made ready in the background (making.go), and its format is agreed on with other releases
// (schema.go); how it is reached is package cluster's. On a sharded one a resource lives with its patient's record
// (home.go).
//
// Which parameters resources are indexed by is known to all instances by collection indexes (states.go); each document
// says what it was indexed for, and whichever instance comes to it indexes the rest anew (reindex.go).
//
// Only MongoDB's commands live here; what a search parameter means doesn't.
package mongo
