package search

import (
	"errors"
	"slices"
	"strings"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/search/filter"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// filterExample is a right filter.
const filterExample = `_filter=status eq active and date ge 2024-01-31`

// filter compiles _filter (https://hl7.org/fhir/R4/search_filter.html). Its comparisons become those that parameters
// and chains have; "the set" of R4's operators is the values of the parameter, so each is true if it is of one of them.
func (c *parser) filter(t *spec.Type, whole param) (Expr, error) {
	tree, err := filter.Parse(whole.value)
	if err != nil {
		return nil, bad(whole.name, filterExample, "%v", err)
	}
	return c.filtered(t, tree, whole)
}

func (c *parser) filtered(t *spec.Type, n filter.Node, whole param) (Expr, error) {
	switch n := n.(type) {
	case *filter.Group:
		parts := make([]Expr, len(n.Of))
		for i, of := range n.Of {
			var err error
			if parts[i], err = c.filtered(t, of, whole); err != nil {
				return nil, err
			}
		}
		if n.Any {
			return Or(parts), nil
		}
		return And(parts), nil
	case *filter.Not:
		e, err := c.filtered(t, n.Of, whole)
		return expr.NotOf(e), err
	case *filter.Test:
		return c.present(t, n, whole)
	}
	return nil, bad(whole.name, filterExample, "it is empty")
}

// present compiles a comparison. "pr false" is the opposite of "pr true": the set that the whole path leads to is
// empty.
func (c *parser) present(t *spec.Type, n *filter.Test, whole param) (Expr, error) {
	if n.Op != "pr" {
		return c.along(t, n, n.Path, whole)
	}
	if n.Value != "true" && n.Value != "false" {
		return nil, bad(whole.name, "_filter="+n.Path[0].Name+" pr true", "pr is followed by true or false")
	}
	e, err := c.along(t, n, n.Path, whole)
	if n.Value == "false" {
		e = expr.NotOf(e)
	}
	return e, err
}

// along compiles what is left of a comparison's path, for type t.
func (c *parser) along(t *spec.Type, n *filter.Test, path []filter.Step, whole param) (Expr, error) {
	if err := c.count(whole.name); err != nil {
		return nil, err
	}
	code, modifier, _ := strings.Cut(path[0].Name, ":")
	if c.links == 0 && len(c.types) > 1 {
		if err := c.shared(code+" in "+whole.name, code); err != nil {
			return nil, err
		}
	}
	p, err := c.lookup(t, code)
	if err != nil {
		return nil, err
	}
	if err := c.usable(p); err != nil {
		return nil, err
	}
	if len(path) > 1 {
		return c.chain(p, modifier, whole, func(to *spec.Type) (Expr, error) {
			rest, err := c.along(to, n, path[1:], whole)
			if err != nil || path[0].Where == nil {
				return rest, err
			}
			where, err := c.filtered(to, path[0].Where, whole)
			return And{where, rest}, err
		})
	}
	if modifier != "" {
		return nil, bad(whole.name, filterExample, "the last name of a path has no modifier: in place of %s, use an operator", quoted(path[0].Name))
	}
	return c.compared(p, n, whole)
}

// compared compiles the comparison of one parameter.
func (c *parser) compared(p *spec.Param, n *filter.Test, whole param) (Expr, error) {
	if n.Op == "pr" {
		return missing(p, param{whole.name, "false"})
	}
	if p.Kind == spec.Special {
		return nil, bad(whole.name, filterExample, "%s is a parameter of its own, and stands beside the filter with an & between", p.Code)
	}
	if slices.Contains([]string{"in", "ni", "ss", "sb"}, n.Op) {
		return nil, unsupported(whole.name, "the operator %s needs a terminology server; name the codes, with or between them", n.Op)
	}
	if p == spec.ID {
		return c.filterID(n, whole)
	}
	is, err := c.operand(p, n)
	if err != nil {
		return nil, bad(whole.name, "_filter="+filterRight(p), "%s %s: %v", p.Code, n.Op, err)
	}
	any := Or{}
	for _, b := range p.Answers() {
		if b.Target != "" && n.Op == "ne" {
			any = append(any, Test{Param: b.Param, Is: Differs{Is: is, Type: b.Target}})
		} else if on, ok := narrowed(is, b.Target); ok {
			any = append(any, Test{Param: b.Param, Is: differing(on, n.Op)})
		}
	}
	return expr.AnyOf(any...), nil
}

func (c *parser) filterID(n *filter.Test, whole param) (Expr, error) {
	switch n.Op {
	case "eq":
		return ids("", param{whole.name, n.Value})
	case "ne":
		return ids("not", param{whole.name, n.Value})
	}
	return nil, bad(whole.name, "_filter=_id eq 123", "_id has only the operators eq, ne and pr")
}

// differing turns ne round, of a kind that has no prefix for it.
func differing(is Criterion, op string) Criterion {
	switch is.(type) {
	case DateIs, NumberIs, QuantityIs:
		return is
	}
	if op == "ne" {
		return Differs{Is: is}
	}
	return is
}

// filterOps are the operators that kinds have, besides pr. Those of ordered kinds are the prefixes of a value.
var filterOps = map[spec.Kind]string{
	spec.Number: "eq ne gt lt ge le ap sa eb", spec.Quantity: "eq ne gt lt ge le ap sa eb", spec.Date: "eq ne gt lt ge le ap sa eb po",
	spec.String: "eq ne co sw ew", spec.Token: "eq ne", spec.Reference: "eq ne re", spec.URI: "eq ne sw", spec.Composite: "eq", spec.Prose: "co",
}

// stringFilters are the operators of strings: case, accents and punctuation don't count.
var stringFilters = map[string]StringOp{"eq": Same, "ne": Same, "co": Contains, "sw": StartsWith, "ew": EndsWith}

// operand compiles what a value is compared with.
func (c *parser) operand(p *spec.Param, n *filter.Test) (Criterion, error) {
	ops := strings.Fields(filterOps[p.Kind])
	if !slices.Contains(ops, n.Op) {
		return nil, errors.New("a " + p.Kind.String() + " parameter has only the operators " + strings.Join(ops, ", ") + " and pr")
	}
	if n.Value == "" {
		return nil, errors.New("the value is empty")
	}
	switch p.Kind {
	case spec.String:
		text := prose.Fold(n.Value)
		if text == "" {
			return nil, errors.New("there is nothing to look for: punctuation and spaces alone don't count")
		}
		return StringIs{Text: text, Op: stringFilters[n.Op]}, nil
	case spec.Date:
		if n.Op == "po" { // the periods have some time in common
			lo, hi, err := dates(n.Value, c.o.Zone)
			return DateIs{Op: Ap, Lo: lo, Hi: hi}, err
		}
		return parseDate(c, p, "", n.Op+n.Value)
	case spec.Number, spec.Quantity:
		return kinds[p.Kind].parse(c, p, "", n.Op+n.Value)
	case spec.URI:
		return parseURI(c, p, map[string]string{"sw": "below"}[n.Op], n.Value)
	}
	return kinds[p.Kind].parse(c, p, "", n.Value)
}

// filterRight is a right comparison of a parameter.
func filterRight(p *spec.Param) string {
	op, value := strings.Fields(filterOps[p.Kind])[0], rightValue(p)
	if p.Kind == spec.Date || p.Kind == spec.Quantity {
		op, value = value[:2], value[2:]
	}
	return p.Code + " " + op + " " + value
}

func (d Differs) meets(v Value) bool {
	switch v := v.(type) {
	case Ref:
		if d.Type != "" && v.Type != d.Type {
			return false
		}
	case Token:
		if v.System == "" && v.Code == "" {
			return false // it is only a text
		}
	}
	return !d.Is.meets(v)
}

// String is the compact form: the other's behind "other than".
func (d Differs) String() string { return strings.TrimPrefix(d.Type+" other than "+d.Is.String(), " ") }
