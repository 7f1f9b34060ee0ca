package codec

import (
	"slices"

	"frontdesk/fhir/path"
)

// compile gives the condition of a constraint; ok is false if it says more than a condition can, and is left to
// evaluate.
func compile(p *plan, n *path.Node) (out condition, ok bool) {
	return compiler{plan: p, root: p}.condition(n)
}

// compiler makes conditions of FHIRPath's syntax trees.
type compiler struct {
	plan *plan // of the objects that are asked about
	root *plan // of that which the constraint is for
}

// condition is what operators join, a comparison, or a test of a path.
func (c compiler) condition(n *path.Node) (condition, bool) {
	switch {
	case n.Op == path.Binary:
		if out, ok := c.amounts(n); ok {
			return out, true
		}
		if out, ok := c.comparison(n); ok {
			return out, true
		}
		return c.joined(n)
	case n.Op == path.Is:
		h, ok := c.hops(n.On)
		return h.exists, ok && h[len(h)-1].as(n.Text)
	case n.Calls("not", 0) && n.On != nil:
		a, ok := c.condition(n.On)
		return func(f *frame) truth { return not(a(f)) }, ok
	}
	return c.test(n)
}

// joined is two conditions with an operator between them. The right one isn't asked if the left decides.
func (c compiler) joined(n *path.Node) (condition, bool) {
	join := operators[n.Text]
	a, ok1 := c.condition(n.Args[0])
	b, ok2 := c.condition(n.Args[1])
	return func(f *frame) truth {
		left := a(f)
		if decided := join(left, no); decided == join(left, yes) {
			return decided // whatever the right is
		}
		return join(left, b(f))
	}, ok1 && ok2 && join != nil
}

// test is path.exists(), path.empty() or path.hasValue().
func (c compiler) test(n *path.Node) (condition, bool) {
	if n.Op != path.Call || n.On == nil || n.Text == "hasValue" && len(n.Args) > 0 {
		return nil, false
	}
	exists, ok := c.exists(n)
	switch n.Text {
	case "exists":
		return exists, ok
	case "empty":
		return func(f *frame) truth { return not(exists(f)) }, ok
	case "hasValue":
		h, ok := c.hops(n.On)
		return func(f *frame) truth { return truthOf(h.one(f).valued()) }, ok
	}
	return nil, false
}

// exists says whether what a function is called on leads to anything: a path, or what two paths have in common.
func (c compiler) exists(n *path.Node) (condition, bool) {
	if n.On.Calls("intersect", 1) && n.On.On != nil && len(n.Args) == 0 {
		return c.intersection(n.On)
	}
	h, ok := c.hops(n.On)
	if !ok || len(n.Args) > 1 {
		return nil, false
	}
	if len(n.Args) == 1 && !c.restrict(h, n.Args[0]) {
		return nil, false
	}
	return h.exists, true
}

// intersection says whether a path leads to something that another path leads to from the resource.
func (c compiler) intersection(n *path.Node) (condition, bool) {
	mine, ok1 := c.hops(n.On)
	whole := compiler{plan: c.root, root: c.root}
	other, ok2 := whole.hops(fromResource(n.Args[0]))
	return func(f *frame) truth {
		theirs := other.items(f.root(), nil)
		return truthOf(slices.ContainsFunc(mine.items(f, nil), func(v item) bool { return slices.ContainsFunc(theirs, v.equals) }))
	}, ok1 && ok2 && c.root.members["resourceType"] != nil
}

// fromResource is a path without the %resource that it begins with; nil if it begins otherwise.
func fromResource(n *path.Node) *path.Node {
	if n == nil || n.Op != path.Name || n.On == nil {
		return nil
	}
	out := *n
	if n.On.Op == path.Variable && n.On.Text == "resource" {
		out.On = nil
		return &out
	}
	if out.On = fromResource(n.On); out.On == nil {
		return nil
	}
	return &out
}
