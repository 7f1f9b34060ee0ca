package search

import (
	"slices"

	"frontdesk/fhir/search/expr"
)

// MarkSystem is the code system of the tags (meta.tag) by which staff are served what the practice says of a resource.
// A tag of it is made when a resource is served, and is never stored: what is said stands in the facts beside the
// resource.
const MarkSystem = "urn:uuid:7c1f6a52-96d0-4f6b-8d0e-0b7d3c7f2a41"

// tagCode is the parameter that finds tags (R4 search 3.1.1.3, _tag).
const tagCode = "_tag"

// WithMarks is a condition on a resource as it is to who is served marks as tags: a test of _tag is one of the marks
// too. What it asks of other resources is left as it is.
func WithMarks(e expr.Expr) expr.Expr {
	out, _ := expr.Rewrite(e, func(leaf expr.Expr) (expr.Expr, error) { // it has no errors
		var marks []expr.Expr
		for _, m := range asked(leaf) {
			marks = append(marks, expr.Marked{Mark: m})
		}
		if _, missing := leaf.(expr.Missing); missing {
			return expr.AllOf(leaf, expr.NotOf(expr.AnyOf(marks...))), nil
		}
		return expr.AnyOf(append([]expr.Expr{leaf}, marks...)...), nil
	})
	return out
}

// AsksMarks says that a condition asks for a tag that a mark has, of a resource or of another that it leads to.
func AsksMarks(e expr.Expr) bool {
	for leaf := range expr.Leaves(e) {
		elsewhere := func(f expr.From) bool { return AsksMarks(f.Where) }
		if len(asked(leaf)) > 0 || slices.ContainsFunc(expr.Elsewhere(leaf), elsewhere) {
			return true
		}
	}
	return false
}

// asked are the marks whose tags decide a leaf.
func asked(leaf expr.Expr) []expr.Mark {
	test, tests := leaf.(expr.Test)
	missing, misses := leaf.(expr.Missing)
	switch {
	case misses && missing.Param.Code == tagCode:
		return expr.Marks
	case !tests || test.Param.Code != tagCode:
		return nil
	}
	is, known := test.Is.(Criterion)
	return slices.DeleteFunc(slices.Clone(expr.Marks), func(m expr.Mark) bool {
		return !known || !is.meets(Token{System: MarkSystem, Code: m.Code()})
	})
}

// HasMark says that an index entry is of a tag of MarkSystem.
func (e Entry) HasMark() bool {
	t, ok := e.Value.(Token)
	return ok && t.System == MarkSystem && e.Param.Code == tagCode
}
