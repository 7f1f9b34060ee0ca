package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// openFolder is a folder that every user can reach, unlike one of TempDir.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "frontdesk")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// unprivileged runs do as a user whom file permissions bind, which root isn't: this thread takes another user's rights
// to files.
func unprivileged(t *testing.T, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		do()
		return
	}
	const nobody = 65534
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock it: the thread ends with this
		if _, _, no := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); no != 0 {
			t.Error(no)
			return
		}
		do()
	}()
	<-done
}

func TestC1_AStartOnAReadOnlyStoreSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		folder, file os.FileMode
	}{"folder": {0o555, 0o666}, "database": {0o777, 0o444}} {
		t.Run(name, func(t *testing.T) {
			dir := openFolder(t)
			path := closed(t, dir)
			err := errors.Join(os.Chmod(filepath.Join(dir, lockFile), 0o666), os.Chmod(filepath.Join(dir, notifyFile), 0o666), os.Chmod(path, c.file), os.Chmod(dir, c.folder))
			if err != nil {
				t.Fatal(err)
			}
			unprivileged(t, func() { refuses(t, dir, "right to write the folder and all files in it") })
		})
	}
	t.Run("in a folder that nothing can be made in", func(t *testing.T) {
		dir := openFolder(t)
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		unprivileged(t, func() { refuses(t, filepath.Join(dir, "store"), "can't be made", "can be written") })
	})
}

func TestC1_AStartOnAFullDiskSaysSo(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("a small disk can't be made here (%v): it needs root", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	closed(t, dir)
	// What is left is taken.
	f, err := os.Create(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	refuses(t, dir, "disk is full", "make room")
}
