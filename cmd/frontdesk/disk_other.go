//go:build !unix || solaris || illumos || aix

package main

// freeBytes isn't known on this system.
func freeBytes(string) (free uint64, known bool) { return 0, false }
