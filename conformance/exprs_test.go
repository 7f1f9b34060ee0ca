package conformance_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/fhir/search/expr"
)

// TestEveryKindOfConditionIsHandled: who tells kinds of conditions apart names all of them, so that a new one can't
// pass unseen through a switch that was written before it (I1).
func TestEveryKindOfConditionIsHandled(t *testing.T) {
	kinds := map[string]bool{}
	for _, kind := range expr.Kinds {
		kinds[strings.TrimPrefix(fmt.Sprintf("%T", kind), "expr.")] = true
	}
	switches := 0
	for _, dir := range []string{"cmd", "conformance", "fhir", "handlers", "store"} {
		err := filepath.WalkDir(filepath.Join("..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.TypeSwitchStmt); ok {
					switches += everyKind(t, fset, s, kinds)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if switches < 5 {
		t.Errorf("only %d switches over conditions were found", switches)
	}
}

// everyKind says 1 if a switch is over conditions outside of their own package, and which kinds it misses.
func everyKind(t *testing.T, fset *token.FileSet, s *ast.TypeSwitchStmt, kinds map[string]bool) int {
	named, over := map[string]bool{}, false
	for _, clause := range s.Body.List {
		for _, typ := range clause.(*ast.CaseClause).List {
			if sel, ok := typ.(*ast.SelectorExpr); ok {
				pkg, _ := sel.X.(*ast.Ident)
				if pkg != nil && pkg.Name == "expr" && kinds[sel.Sel.Name] {
					named[sel.Sel.Name], over = true, true
				}
			}
		}
	}
	if !over {
		return 0
	}
	for kind := range kinds {
		if !named[kind] {
			t.Errorf("%s: the switch doesn't name expr.%s", fset.Position(s.Pos()), kind)
		}
	}
	return 1
}
