package codec

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir/path"
)

// orders are the operators that compare, by the results of cmp.Compare for which they hold.
var orders = map[string][]int{"=": {0}, "!=": {-1, 1}, ">": {1}, "<": {-1}, ">=": {0, 1}, "<=": {-1, 0}}

// amounts is a comparison of how many there are: (identifier.count() + name.count()) > 0.
func (c compiler) amounts(n *path.Node) (condition, bool) {
	order := orders[n.Text]
	left, ok1 := c.amount(n.Args[0])
	right, ok2 := c.amount(n.Args[1])
	return func(f *frame) truth { return truthOf(slices.Contains(order, cmp.Compare(left(f), right(f)))) }, ok1 && ok2 && order != nil
}

// amount is a number, path.count(), or a sum of such.
func (c compiler) amount(n *path.Node) (func(*frame) int, bool) {
	if i, ok := integer(n); ok {
		return func(*frame) int { return i }, true
	}
	switch {
	case n.Op == path.Binary && n.Text == "+":
		a, ok1 := c.amount(n.Args[0])
		b, ok2 := c.amount(n.Args[1])
		return func(f *frame) int { return a(f) + b(f) }, ok1 && ok2
	case n.Calls("count", 0):
		h, ok := c.hops(n.On)
		return func(f *frame) int { return len(h.items(f, nil)) }, ok
	}
	return nil, false
}

// integer is the whole number that a node writes.
func integer(n *path.Node) (int, bool) {
	if n.Op != path.Number {
		return 0, false
	}
	i, err := strconv.Atoi(n.Text)
	return i, err == nil
}

// comparison compares the one value of a path with literals, or with the value of another path. If there is none on a
// side, or several, it can't be told (FHIRPath 2.0, 6.1).
func (c compiler) comparison(n *path.Node) (condition, bool) {
	p, ok := c.hops(n.Args[0])
	if !ok || p.typ() == nil {
		return nil, false
	}
	t, right := p.typ(), n.Args[1]
	order := orders[n.Text]
	if i, ok := integer(right); ok && order != nil && t.kind > kindBoolean && t.kind <= kindDecimal {
		to := big.NewRat(int64(i), 1)
		return p.compared(func(v item) truth { return truthOf(slices.Contains(order, v.number().Cmp(to))) }), true
	}
	if n.Text == ">=" || n.Text == "<=" {
		return c.times(n)
	}
	values, ok := literals(right)
	if !ok || n.Text != "in" && len(values) != 1 {
		return nil, false
	}
	is, ok := isOneOf(t, values)
	switch n.Text {
	case "=", "in":
		return p.compared(is), ok
	case "!=":
		return p.compared(func(v item) truth { return not(is(v)) }), ok
	}
	return nil, false
}

// compared is unknown if the path hasn't one value.
func (p hops) compared(is func(item) truth) condition {
	return func(f *frame) truth {
		if v := p.one(f); v.valued() {
			return is(v)
		}
		return unknown
	}
}

// times says whether a time isn't before another, as far as that is known.
func (c compiler) times(n *path.Node) (condition, bool) {
	late, early := n.Args[0], n.Args[1]
	if n.Text == "<=" {
		late, early = early, late
	}
	one, ok1 := c.hops(early)
	other, ok2 := c.hops(late)
	if !ok1 || !ok2 || one.typ() == nil || one.typ().kind != kindDateTime || other.typ() != one.typ() {
		return nil, false
	}
	return func(f *frame) truth {
		first, ok1 := timeOf(one.one(f))
		second, ok2 := timeOf(other.one(f))
		if !ok1 || !ok2 {
			return unknown
		}
		return truthOf(mayPrecede(first, second))
	}, true
}

func timeOf(v item) (*dpb.DateTime, bool) {
	if !v.m.IsValid() {
		return nil, false
	}
	t, ok := v.m.Interface().(*dpb.DateTime)
	return t, ok && t.GetPrecision() != dpb.DateTime_PRECISION_UNSPECIFIED
}

// literals are 'a' | 'b', true, false, or %ucum.
func literals(n *path.Node) ([]string, bool) {
	switch {
	case n.Op == path.String, n.Op == path.Bool:
		return []string{n.Text}, true
	case n.Op == path.Variable && n.Text == "ucum": // R4 fhirpath 2.9.1.5.1
		return []string{"http://unitsofmeasure.org"}, true
	case n.Op == path.Binary && n.Text == "|":
		a, ok1 := literals(n.Args[0])
		b, ok2 := literals(n.Args[1])
		return append(a, b...), ok1 && ok2
	}
	return nil, false
}

// isOneOf says whether a value of a type is among literals; ok is false if values of the type can't be.
func isOneOf(t *typ, literals []string) (is func(item) truth, ok bool) {
	switch {
	case t.kind == kindEnum:
		numbers := map[int64]bool{}
		for _, code := range literals {
			n, known := t.codes[code]
			if !known {
				return nil, false
			}
			numbers[int64(n)] = true
		}
		return func(v item) truth {
			n := v.m.Elem().Field(t.value.index).Int()
			if n == 0 {
				return unknown // at fault
			}
			return truthOf(numbers[n])
		}, true
	case t.kind == kindBoolean:
		return func(v item) truth {
			return truthOf(strconv.FormatBool(v.m.Elem().Field(t.value.index).Bool()) == literals[0])
		}, len(literals) == 1
	case t.kind >= firstText && t.kind <= kindCanonical:
		return func(v item) truth {
			return truthOf(slices.Contains(literals, v.m.Elem().Field(t.value.index).String()))
		}, true
	}
	return nil, false
}

// number is the value of one that is a number.
func (v item) number() *big.Rat {
	switch f := v.m.Elem().Field(v.typ.value.index); {
	case f.CanInt():
		return new(big.Rat).SetInt64(f.Int())
	case f.CanUint():
		return new(big.Rat).SetUint64(f.Uint())
	default:
		n, _ := new(big.Rat).SetString(f.String()) // it is a decimal: the decoder has checked it
		return n
	}
}
