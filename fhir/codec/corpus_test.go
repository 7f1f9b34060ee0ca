package codec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the repository's root, seen from this package.
const root = "../.."

// ours gives the project's own examples.
func ours(t testing.TB) map[string][]byte {
	t.Helper()
	files := read(t, filepath.Join(root, "testdata", "r4"))
	if len(files) == 0 {
		t.Fatal("testdata/r4 has no examples")
	}
	return files
}

// corpus gives the files of a folder of real data beside the repository, by their path under it.
func corpus(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	dir := filepath.Join(root, "..", "shared", "corpus", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is not here; it is real data that the repository doesn't carry", dir)
	}
	return read(t, dir)
}

func read(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
