//go:build unix && !solaris && !illumos && !aix

package main

import "golang.org/x/sys/unix"

// freeBytes is how much a user who isn't root can still write to the disk of a folder.
func freeBytes(folder string) (free uint64, known bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true //nolint:unconvert // their types differ by system
}
