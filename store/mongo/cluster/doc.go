// Package cluster is how a MongoDB is reached: what its URI says, whether it can serve at all and, if it can't, why and
// what to do (connect.go, diagnosis.go), and how a database is spread over the shards of one (shard.go). What is stored
// there is none of its business.
package cluster
