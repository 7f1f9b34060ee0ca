// Package timed wraps a store.Backend so that metrics tell how many questions it is asked, how fast it answers, and
// what becomes of them.
package timed
