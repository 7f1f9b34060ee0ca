package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// parts are the interfaces that store.Backend is made of. Nobody may ask of a value whether it has one: a type that
// embeds a Backend to change some of it would lose what it doesn't repeat.
var parts = []string{"Backend", "CachedReads", "Watcher", "Explainer", "Preparer", "Portable"}

// TestNobodyAsksWhatABackendIs.
func TestNobodyAsksWhatABackendIs(t *testing.T) {
	files := 0
	for _, dir := range []string{"../store", "../handlers", "../cmd", "../conformance"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			files++
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, typ := range asked(n) {
					if slices.Contains(parts, named(typ)) {
						t.Errorf("%s asks whether a Backend is a %s: make what it wants a method of store.Backend",
							set.Position(n.Pos()), named(typ))
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d files were looked at", files)
	}
}

// asked are the types that a type assertion or a case of a type switch asks for.
func asked(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.TypeAssertExpr:
		if n.Type != nil {
			return []ast.Expr{n.Type}
		}
	case *ast.TypeSwitchStmt:
		var out []ast.Expr
		for _, c := range n.Body.List {
			out = append(out, c.(*ast.CaseClause).List...)
		}
		return out
	}
	return nil
}

// named is a type's name: "Portable" of store.Portable, and in package store.
func named(typ ast.Expr) string {
	switch typ := typ.(type) {
	case *ast.Ident:
		return typ.Name
	case *ast.SelectorExpr:
		if pkg, ok := typ.X.(*ast.Ident); ok && pkg.Name == "store" {
			return typ.Sel.Name
		}
	}
	return ""
}
