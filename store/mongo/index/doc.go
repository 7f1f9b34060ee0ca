// Package index says how MongoDB finds a resource: what is kept beside its body (fields.go, keys.go, entry.go) and
// under which names (name.go), what a condition is as a filter on that (compile.go, criteria.go and ranges.go, put
// together in node.go), what an order is, with the place in it where a page ended (order.go, position.go), and on what
// conditional creates collide (lock.go).
//
// A filter finds at least what search.Match finds. It says of itself whether it finds nothing else; where it doesn't,
// the caller decides by search.Match on the entries, which stand in the document in full. So both always agree.
//
// Nothing here talks to a server.
package index
