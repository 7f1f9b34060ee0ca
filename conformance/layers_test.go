package conformance

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// module is the prefix of our own import paths.
const module = "frontdesk/"

// layers are the folders from the top down. A package may import what is in its own layer or below.
// conformance stands beside handlers: it holds what /metadata says, and the suites for the layers below.
var layers = []string{"cmd", "handlers", "conformance", "store", "fhir"}

// backends are imported by cmd, by themselves and by tests only.
var backends = []string{"store/sqlite", "store/mongo"}

// barred are import paths that a layer must not have, its tests included.
var barred = map[string][]string{
	"fhir": {"github.com/gin-gonic", "net/http", "database/sql", "github.com/ncruces", "modernc.org/sqlite",
		"zombiezen.com", "go.mongodb.org", "github.com/coreos", "github.com/ory"},
	"store": {"github.com/gin-gonic", "net/http"},
}

// goPackage is what `go list -json` tells of a package.
type goPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("go list:", err)
	}
	var ps []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

// layer is the index of a package's folder in layers, -1 if it isn't ours.
func layer(path string) int {
	rest, ours := strings.CutPrefix(path, module)
	if !ours {
		return -1
	}
	top, _, _ := strings.Cut(rest, "/")
	return slices.Index(layers, top)
}

func under(path string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool {
		return path == dir || strings.HasPrefix(path, dir+"/")
	})
}

func TestImportsPointOneWay(t *testing.T) {
	seen := map[int]int{}
	for _, p := range packages(t) {
		from, own := layer(p.ImportPath), strings.TrimPrefix(p.ImportPath, module)
		if from < 0 {
			if own != "testdata/demo" {
				t.Errorf("%s is in none of the folders %v", p.ImportPath, layers)
			}
			continue
		}
		seen[from]++
		for _, i := range p.Imports {
			if to := layer(i); to >= 0 && to < from && !testOnly(own) {
				t.Errorf("%s imports %s, which is above it", own, i)
			}
			if to := strings.TrimPrefix(i, module); under(to, backends) && layers[from] != "cmd" && !under(own, backends) {
				t.Errorf("%s imports %s: only cmd and tests may", own, i)
			}
		}
		for _, i := range slices.Concat(p.Imports, p.TestImports) {
			if under(i, barred[layers[from]]) {
				t.Errorf("%s imports %s", own, i)
			}
		}
	}
	for i, name := range layers {
		if seen[i] == 0 {
			t.Errorf("no package in %s/: this test looks in the wrong place", name)
		}
	}
}

// testOnly are packages that only tests import, and that may therefore stand anywhere.
func testOnly(own string) bool { return strings.HasSuffix(own, "test") }
