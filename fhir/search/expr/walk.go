package expr

import "iter"

// Leaves are the parts of a condition that aren't And, Or or Not. They are about the one resource: what a Chain, Only
// or Reverse asks of others isn't among them.
func Leaves(e Expr) iter.Seq[Expr] {
	return func(yield func(Expr) bool) { leaves(e, yield) }
}

func leaves(e Expr, yield func(Expr) bool) bool {
	switch e := e.(type) {
	case And:
		return eachLeaf(e, yield)
	case Or:
		return eachLeaf(e, yield)
	case Not:
		return leaves(e.Expr, yield)
	}
	return yield(e)
}

func eachLeaf(es []Expr, yield func(Expr) bool) bool {
	for _, e := range es {
		if !leaves(e, yield) {
			return false
		}
	}
	return true
}

// Necessary are conditions without each of which e is true of nothing: those that an And has at any depth. There may be
// others.
func Necessary(e Expr) iter.Seq[Expr] {
	return func(yield func(Expr) bool) { necessary(e, yield) }
}

func necessary(e Expr, yield func(Expr) bool) bool {
	switch e := e.(type) {
	case And:
		for _, part := range e {
			if !necessary(part, yield) {
				return false
			}
		}
		return true
	case Or:
		if len(e) == 1 {
			return necessary(e[0], yield)
		}
	}
	return yield(e)
}

// Rewrite is a condition with each of its Leaves replaced by what leaf makes of it. The first error ends it.
func Rewrite(e Expr, leaf func(Expr) (Expr, error)) (Expr, error) {
	switch e := e.(type) {
	case And:
		all, err := rewriteEach(e, leaf)
		return And(all), err
	case Or:
		any, err := rewriteEach(e, leaf)
		return Or(any), err
	case Not:
		inner, err := Rewrite(e.Expr, leaf)
		return Not{inner}, err
	}
	return leaf(e)
}

func rewriteEach(es []Expr, leaf func(Expr) (Expr, error)) ([]Expr, error) {
	out := make([]Expr, len(es))
	for i, e := range es {
		var err error
		if out[i], err = Rewrite(e, leaf); err != nil {
			return nil, err
		}
	}
	return out, nil
}
