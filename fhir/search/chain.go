package search

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// chain compiles "p[:Type].rest" (R4 search 3.1.1.4.15): what p refers to must meet rest, which is compiled for its
// type. Without a Type it is tried for every type p may refer to, and holds for those that have such a parameter.
func (c *parser) chain(p *spec.Param, modifier string, whole param, rest func(*spec.Type) (Expr, error)) (Expr, error) {
	if p.Kind != spec.Reference {
		return nil, bad(quoted(whole.name), "subject:Patient.name=smith", "a chain goes through references, and %s is a %s parameter", p.Code, p.Kind)
	}
	targets := p.Targets
	if modifier != "" {
		if !slices.Contains(targets, modifier) {
			return nil, wrongTarget(p, whole)
		}
		targets = []string{modifier}
	}
	to, err := c.ends(targets, whole, rest)
	if err != nil {
		return nil, err
	}
	any := Or{}
	for _, b := range p.Answers() {
		reached := to
		if b.Target != "" {
			reached = slices.DeleteFunc(slices.Clone(to), func(f From) bool { return f.Type.Name != b.Target })
		}
		if len(reached) > 0 {
			any = append(any, Chain{Param: b.Param, To: reached})
		}
	}
	return expr.AnyOf(any...), nil
}

// ends compiles the rest of a chain for each type that it makes sense for. If it makes sense for none, the error is the
// one that says most: a bad value before an unknown parameter.
func (c *parser) ends(targets []string, whole param, rest func(*spec.Type) (Expr, error)) ([]From, error) {
	var to []From
	var first, telling error
	for _, name := range targets {
		t, ok := c.registry.Type(name)
		if !ok {
			continue
		}
		before := c.clauses
		e, err := c.link(t, whole, rest)
		if err == nil {
			to = append(to, From{Type: t, Where: e})
			continue
		}
		if c.clauses > c.o.MaxClauses || c.work > maxWork {
			return nil, err
		}
		c.clauses = before
		first = cmp.Or(first, err)
		if !errors.Is(err, errUnknown) {
			telling = cmp.Or(telling, err)
		}
	}
	if len(to) == 0 {
		return nil, cmp.Or(telling, first)
	}
	return to, nil
}

// link compiles what stands behind one more reference.
func (c *parser) link(t *spec.Type, whole param, rest func(*spec.Type) (Expr, error)) (Expr, error) {
	if c.links == MaxLinks {
		return nil, bad(quoted(whole.name), "subject:Patient.organization.name=smith", "it follows more than %d references", MaxLinks)
	}
	c.links++
	defer func() { c.links-- }()
	return rest(t)
}

// has compiles "Type:code:rest" of _has (R4 search 3.1.1.4.16): a resource of Type that refers here by code must meet
// rest.
func (c *parser) has(t *spec.Type, name string, whole param) (Expr, error) {
	const example = "_has:Observation:patient:code=1234-5"
	parts := strings.SplitN(name, ":", 3)
	if len(parts) < 3 || parts[2] == "" {
		return nil, bad(quoted(whole.name), example, "it needs a type, a reference parameter of it, and a parameter")
	}
	by, ok := c.registry.Type(parts[0])
	if !ok {
		return nil, bad(quoted(whole.name), example, "there is no resource type %s", quoted(parts[0]))
	}
	p, err := c.lookup(by, parts[1])
	if err != nil {
		return nil, err
	}
	if err := c.usable(p); err != nil {
		return nil, err
	}
	if p.Kind != spec.Reference || !slices.Contains(p.Targets, t.Name) {
		return nil, bad(quoted(whole.name), example, "%s doesn't refer to a %s", p.Name(), t.Name)
	}
	where, err := c.link(by, whole, func(by *spec.Type) (Expr, error) { return c.clause(by, parts[2], whole) })
	if err != nil {
		return nil, err
	}
	any := Or{}
	for _, b := range p.Answers() {
		if b.Target == "" || b.Target == t.Name {
			any = append(any, Reverse{Param: b.Param, By: From{Type: by, Where: where}})
		}
	}
	return expr.AnyOf(any...), nil
}
