package mongotest

import "time"

// Options are how a Server differs from a healthy replica set of one member at version 7.0.
type Options struct {
	// RefuseScans makes every find, count, aggregate, update and delete fail whose filter no index serves: tests see
	// collection scans. A sort alone that an index gives is no scan, nor is a hint of $natural.
	RefuseScans bool
	// Members is how many addresses the replica set has; 0 is 1. All see the same data, without delay.
	Members int
	// Standalone is a server that is in no replica set: it has no transactions and no retryable writes.
	Standalone bool
	// Version is what buildInfo tells, "" for 7.0.14. Of "4.2" to "8.0" the wire version follows.
	Version string
	// Forbidden are commands for which the user has no right: they fail with Unauthorized.
	Forbidden []string
	// TransactionLifetime is after how long a transaction that isn't ended is aborted; 0 is MongoDB's minute.
	TransactionLifetime time.Duration
}

// wireVersions are the maxWireVersion of each release (MongoDB's wire version table).
var wireVersions = map[string]int32{"4.2": 8, "4.4": 9, "5.0": 13, "6.0": 17, "7.0": 21, "8.0": 25}

const defaultVersion = "7.0.14"
