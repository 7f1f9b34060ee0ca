//go:build race

package main

// racing says that the race detector is on: it takes several times the memory.
const racing = true
