// Package mongotest is a MongoDB for tests: a strict server in memory that speaks the wire protocol to the official
// driver. It knows the commands and operators that package mongo sends and refuses everything else by an error that
// names it; what it knows it does as the MongoDB manual says, transactions by snapshot isolation, unique and multikey
// indexes, sessions, retryable writes and cursors included. It injects faults, refuses collection scans, and counts
// commands.
//
// Only tests import it. How values compare is package order's, filters package query's, updates package update's,
// collections and transactions package engine's; here are connections, sessions, cursors, commands and their replies.
package mongotest
