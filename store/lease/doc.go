// Package lease lets one process at a time do something, of all that share a store: a Lease is a record that who has
// it writes again and again, and that another may take when it has not been written for as long as it lasts. No clocks
// are compared. Whatever is written through a Lease is committed only while it is held, so a process that was away too
// long can't undo what its successor did.
//
// Not here: what is done meanwhile, which packages feed and jobs say.
package lease
