// Package jobs is work that takes long, and is done whatever is killed: an export, an import, something to be made
// anew.
//
// A Job is added to a Queue by its owner, and done by whoever calls Work for its kind: of all processes that share the
// store one at a time, by a lease (package lease). What it has done it saves in Steps: a checkpoint, how far it is,
// and what it wrote to its files, all in one commit. If its process is killed, another one goes on from the last Step,
// and nothing that was saved is done twice. It can be cancelled at any time. Its end, with a result and its files, is
// kept for a while and then removed.
//
// All of it is records of the store (store.Records), files too, in chunks. So they are everywhere where the store is,
// and in its backups.
//
// Not here: what a job does, and who may see it: Get and List answer to no grant.
package jobs
