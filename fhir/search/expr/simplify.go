package expr

import "slices"

// True holds of everything, False of nothing.
var True, False Expr = And{}, Or{}

// Truth is True or False.
func Truth(ok bool) Expr {
	if ok {
		return True
	}
	return False
}

// IsTrue says that a condition plainly holds of everything.
func IsTrue(e Expr) bool {
	and, ok := e.(And)
	return ok && !slices.ContainsFunc(and, func(e Expr) bool { return !IsTrue(e) })
}

// IsFalse says that a condition plainly holds of nothing.
func IsFalse(e Expr) bool {
	or, ok := e.(Or)
	return ok && !slices.ContainsFunc(or, func(e Expr) bool { return !IsFalse(e) })
}

// AllOf is the conjunction of conditions, without those that say nothing.
func AllOf(es ...Expr) Expr {
	return Simplify(And(es), nil)
}

// AnyOf is the disjunction of conditions, without those that nothing meets.
func AnyOf(es ...Expr) Expr {
	return Simplify(Or(es), nil)
}

// NotOf is the opposite of a condition.
func NotOf(e Expr) Expr {
	switch {
	case IsTrue(e):
		return False
	case IsFalse(e):
		return True
	}
	if not, ok := e.(Not); ok {
		return not.Expr
	}
	return Not{e}
}

// Simplify is a condition without the parts that decide nothing. Of its Leaves, decide may make another condition, True
// and False among them; those that no longer matter aren't asked. A nil decide leaves them as they are.
func Simplify(e Expr, decide func(Expr) Expr) Expr {
	switch e := e.(type) {
	case And:
		return simplifyEach(e, decide, false)
	case Or:
		return simplifyEach(e, decide, true)
	case Not:
		inner := Simplify(e.Expr, decide)
		if IsTrue(inner) || IsFalse(inner) {
			return Truth(IsFalse(inner))
		}
		return Not{inner}
	}
	if decide != nil {
		return decide(e)
	}
	return e
}

// simplifyEach simplifies the parts of an And, or of an Or: one part that is as end decides the whole.
func simplifyEach(es []Expr, decide func(Expr) Expr, end bool) Expr {
	var left []Expr
	for _, e := range es {
		switch e = Simplify(e, decide); {
		case end && IsTrue(e), !end && IsFalse(e):
			return Truth(end)
		case end && IsFalse(e), !end && IsTrue(e):
			continue
		}
		left = append(left, e)
	}
	switch {
	case len(left) == 0:
		return Truth(!end)
	case len(left) == 1:
		return left[0]
	case end:
		return Or(left)
	}
	return And(left)
}
