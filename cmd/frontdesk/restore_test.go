package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestABackupIsRestored: into an empty folder, and served from there; not over a store, and not what is no backup.
func TestABackupIsRestored(t *testing.T) {
	folder, file, again := guarded(t), filepath.Join(t.TempDir(), "saved.db"), filepath.Join(t.TempDir(), "again")
	contains(t, "backup", on(t, folder, 0, "", "backup", file), "frontdesk restore "+file)
	contains(t, "over a store", on(t, folder, 1, "", "restore", file), "there is a store")
	contains(t, "restore", on(t, again, 0, "", "restore", file), "restored into")
	r := start(t, "serve", "--auth", "off", "--listen", "127.0.0.1:0", "--store", "sqlite:"+again)
	if status, body, _ := get(t, r.base+"/Patient/ann"); status != 200 {
		t.Errorf("what was restored: %d %s", status, body)
	}
	other := filepath.Join(t.TempDir(), "other.db")
	if err := os.WriteFile(other, []byte("This is no database, and never was one. It is only long enough to look like one at first sight."), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	contains(t, "no backup", on(t, empty, 1, "", "restore", other), "can't be restored")
	if _, err := os.Stat(filepath.Join(empty, "frontdesk.db")); err == nil {
		t.Error("what is no backup was left in the folder")
	}
}
