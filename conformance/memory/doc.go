// Package memory is the oracle among the backends: maps and search.Run, simple enough to be seen right. Only tests use
// it. What it answers, the others must answer. It keeps nothing when the process ends.
package memory
