// Package feed follows the changes of a store (store.Store.Changes).
//
// A Subscriber has a name, and a durable place in the feed. Of all processes that share the store one at a time runs
// it (package lease). It is given every commit and mark at least once, in order; what it answers with, records, is
// committed together with its place, and so exactly once. After kill -9 another process goes on where the place is.
// Lag tells how far behind it is.
//
// A State reads what was there at a Moment of the feed, exactly, while others write: it costs a scan of what is there
// now, and the feed from the Moment on.
//
// Not here: what a change means to whom. It answers to no grant: who tells a client of a change reads it by a Session
// first.
package feed
