package expr_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"frontdesk/fhir/search/expr"
)

// unknown is a condition of a kind that nobody knows.
type unknown struct{ expr.Expr }

// random is a condition on ids, of which the resource has "a".
func random(r *rand.Rand, depth int) expr.Expr {
	parts := make([]expr.Expr, r.IntN(4))
	if depth > 0 {
		for i := range parts {
			parts[i] = random(r, depth-1)
		}
		switch r.IntN(4) {
		case 0:
			return expr.And(parts)
		case 1:
			return expr.Or(parts)
		case 2:
			return expr.Not{Expr: random(r, depth-1)}
		}
	}
	return expr.IDs{string(rune('a' + r.IntN(3)))}
}

// holds is what a condition means for the resource with the id "a".
func holds(e expr.Expr) bool {
	switch e := e.(type) {
	case expr.And:
		return !slices.ContainsFunc(e, func(x expr.Expr) bool { return !holds(x) })
	case expr.Or:
		return slices.ContainsFunc(e, holds)
	case expr.Not:
		return !holds(e.Expr)
	case expr.IDs:
		return slices.Contains(e, "a")
	}
	panic("not made by random")
}

// TestTheAlgebra: whatever is simplified, rewritten or taken apart means what it did.
func TestTheAlgebra(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	decide := func(leaf expr.Expr) expr.Expr { return expr.Truth(holds(leaf)) }
	same := func(leaf expr.Expr) (expr.Expr, error) { return leaf, nil }
	for range 5000 {
		e := random(r, 4)
		want, text := holds(e), expr.Print(e)
		if got := expr.Simplify(e, nil); holds(got) != want {
			t.Fatalf("%s became %s", text, expr.Print(got))
		}
		if got := expr.Simplify(e, decide); !expr.IsTrue(got) && !expr.IsFalse(got) || expr.IsTrue(got) != want {
			t.Fatalf("%s, of which all is decided, is %s", text, expr.Print(got))
		}
		if got, err := expr.Rewrite(e, same); err != nil || expr.Print(got) != text {
			t.Fatalf("%s became %s, %v", text, expr.Print(got), err)
		}
		if holds(expr.NotOf(e)) == want || holds(expr.AllOf(e, e)) != want || holds(expr.AnyOf(e, e)) != want {
			t.Fatalf("%s isn't the opposite of its opposite, or not the same twice", text)
		}
		for part := range expr.Necessary(e) {
			if want && !holds(part) {
				t.Fatalf("%s holds without %s", text, expr.Print(part))
			}
		}
	}
}

// TestRewriteEnds: the first error is the last leaf asked.
func TestRewriteEnds(t *testing.T) {
	asked := 0
	e := expr.And{expr.Or{expr.IDs{"a"}, expr.Not{Expr: expr.IDs{"b"}}}, expr.IDs{"c"}}
	_, err := expr.Rewrite(e, func(expr.Expr) (expr.Expr, error) {
		if asked++; asked == 2 {
			return nil, errors.New("no more")
		}
		return expr.True, nil
	})
	if err == nil || asked != 2 {
		t.Errorf("%d leaves were asked, %v", asked, err)
	}
}

// TestKnown: what nobody knows is found wherever it stands.
func TestKnown(t *testing.T) {
	elsewhere := expr.From{Where: expr.And{unknown{}}}
	for _, e := range []expr.Expr{nil, unknown{}, expr.Not{Expr: unknown{}}, expr.Or{expr.True, unknown{}},
		expr.Chain{To: []expr.From{elsewhere}}, expr.Only{To: []expr.From{elsewhere}}, expr.Reverse{By: elsewhere}} {
		if expr.Known(e) {
			t.Errorf("%T is known", e)
		}
	}
	for _, kind := range expr.Kinds {
		switch kind.(type) { // an empty one asks for nothing that is known
		case expr.Not:
			kind = expr.Not{Expr: expr.True}
		case expr.Reverse:
			kind = expr.Reverse{By: expr.From{Where: expr.True}}
		}
		if !expr.Known(kind) {
			t.Errorf("%T isn't known", kind)
		}
	}
}

func ExampleSimplify() {
	asked := expr.And{expr.IDs{"a"}, expr.Or{expr.Compartment{Patient: "p"}, expr.Confined{Patient: "p"}}}
	left := expr.Simplify(asked, func(leaf expr.Expr) expr.Expr {
		if in, ok := leaf.(expr.Compartment); ok {
			return expr.Truth(in.Patient == "p") // it is in the compartment of p
		}
		return leaf
	})
	fmt.Println(expr.Print(left))
	// Output: id in a
}
