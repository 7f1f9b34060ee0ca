// Package copying makes one store the copy of another, of whatever kind: every version of every resource with its time,
// facts and bytes, tombstones too, and every record. It goes on where it was stopped (state.go), and proves at the end
// that both hold the same (compare.go). It works on Backends, below every grant, and so is for the operator's command
// alone.
package copying
