package expr

import (
	"reflect"
	"slices"
)

// Known says that a condition is made of Kinds throughout, also in what it asks of other resources. Of one that isn't
// nobody can say what its opposite is true of, so a grant with it denies.
func Known(e Expr) bool {
	for leaf := range Leaves(e) {
		for _, f := range Elsewhere(leaf) {
			if !Known(f.Where) {
				return false
			}
		}
		if !slices.ContainsFunc(Kinds, func(k Expr) bool { return reflect.TypeOf(k) == reflect.TypeOf(leaf) }) {
			return false
		}
	}
	return true
}

// Elsewhere is what a leaf asks of other resources, nil if it looks at no other.
func Elsewhere(leaf Expr) []From {
	switch leaf := leaf.(type) {
	case Chain:
		return leaf.To
	case Only:
		return leaf.To
	case Reverse:
		return []From{leaf.By}
	case And, Or, Not, Test, Missing, IDs, Compartment, Confined, Visible, Marked:
	}
	return nil
}
