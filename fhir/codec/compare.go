package codec

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// orders are the operators that compare, by the results of cmp.Compare for which they hold.
var orders = map[string][]int{"=": {0}, "!=": {-1, 1}, ">": {1}, "<": {-1}, ">=": {0, 1}, "<=": {-1, 0}}

// order takes an operator that compares; "" if there comes none.
func (c *compiler) order() string {
	if len(c.tokens) == 0 || orders[c.tokens[0]] == nil {
		return ""
	}
	return c.next()
}

// amounts is a comparison of numbers: (identifier.count() + name.count()) > 0. It is nil, and takes nothing, if none comes.
func (c *compiler) amounts() condition {
	before := *c
	left := c.amount()
	order := c.order()
	right := c.amount()
	if c.ok = c.ok && order != ""; !c.ok {
		*c = before
		return nil
	}
	return func(f *frame) truth { return truthOf(slices.Contains(orders[order], cmp.Compare(left(f), right(f)))) }
}

// amount is a number, path.count(), or a sum of such.
func (c *compiler) amount() func(*frame) int {
	if c.take("(") {
		out := c.sum()
		c.ok = c.take(")") && c.ok
		return out
	}
	return c.sum()
}

func (c *compiler) sum() func(*frame) int {
	var parts []func(*frame) int
	for first := true; c.ok && (first || c.take("+")); first = false {
		if n, ok := c.integer(); ok {
			parts = append(parts, func(*frame) int { return n })
			continue
		}
		p := c.path()
		c.ok = c.ok && c.take(".", "count", "(", ")")
		parts = append(parts, func(f *frame) int { return len(p.items(f, nil)) })
	}
	return func(f *frame) (total int) {
		for _, part := range parts {
			total += part(f)
		}
		return total
	}
}

func (c *compiler) integer() (int, bool) {
	if len(c.tokens) == 0 {
		return 0, false
	}
	n, err := strconv.Atoi(c.tokens[0])
	if err == nil {
		c.next()
	}
	return n, err == nil
}

// comparison compares the one value of a path with literals, or with the value of another path. If there is none on a side, or several,
// it can't be told (FHIRPath 2.0, 6.1).
func (c *compiler) comparison(p path) condition {
	t := p.typ()
	if t == nil {
		c.ok = false
		return nil
	}
	if c.take("in", "(") {
		is := c.isOneOf(t, c.literals())
		c.ok = c.take(")") && c.ok
		return p.compared(is)
	}
	order := c.order()
	if n, ok := c.integer(); ok && order != "" && t.kind > kindBoolean && t.kind <= kindDecimal {
		to := big.NewRat(int64(n), 1)
		return p.compared(func(v item) truth { return truthOf(slices.Contains(orders[order], v.number().Cmp(to))) })
	}
	if order == ">=" {
		return c.times(p, t)
	}
	is := c.isOneOf(t, c.literals())
	if order == "!=" {
		return p.compared(func(v item) truth { return not(is(v)) })
	}
	c.ok = c.ok && order == "="
	return p.compared(is)
}

// compared is unknown if the path hasn't one value.
func (p path) compared(is func(item) truth) condition {
	return func(f *frame) truth {
		if v := p.one(f); v.valued() {
			return is(v)
		}
		return unknown
	}
}

// times says whether a time isn't before another, as far as that is known.
func (c *compiler) times(late path, t *typ) condition {
	early := c.path()
	if c.ok = c.ok && t.kind == kindDateTime && early.typ() == t; !c.ok {
		return nil
	}
	return func(f *frame) truth {
		one, oneOK := timeOf(early.one(f))
		other, otherOK := timeOf(late.one(f))
		if !oneOK || !otherOK {
			return unknown
		}
		return truthOf(mayPrecede(one, other))
	}
}

func timeOf(v item) (*dpb.DateTime, bool) {
	if !v.m.IsValid() {
		return nil, false
	}
	t, ok := v.m.Interface().(*dpb.DateTime)
	return t, ok && t.GetPrecision() != dpb.DateTime_PRECISION_UNSPECIFIED
}

// literals are 'a' | 'b', true, false, or %ucum.
func (c *compiler) literals() (out []string) {
	for first := true; c.ok && (first || c.take("|")); first = false {
		switch t := c.next(); {
		case t == "true", t == "false":
			out = append(out, t)
		case t == "%" && c.take("ucum"): // R4 fhirpath 2.9.1.5.1
			out = append(out, "http://unitsofmeasure.org")
		case strings.HasPrefix(t, "'"):
			out = append(out, strings.Trim(t, "'"))
		default:
			c.ok = false
		}
	}
	return out
}

// isOneOf says whether a value of a type is among literals.
func (c *compiler) isOneOf(t *typ, literals []string) func(item) truth {
	switch {
	case t.kind == kindEnum:
		numbers := map[int64]bool{}
		for _, code := range literals {
			n, known := t.codes[code]
			c.ok = c.ok && known
			numbers[int64(n)] = true
		}
		return func(v item) truth {
			n := v.m.Elem().Field(t.value.index).Int()
			if n == 0 {
				return unknown // at fault
			}
			return truthOf(numbers[n])
		}
	case t.kind == kindBoolean:
		c.ok = c.ok && len(literals) == 1
		return func(v item) truth {
			return truthOf(strconv.FormatBool(v.m.Elem().Field(t.value.index).Bool()) == literals[0])
		}
	case t.kind >= firstText && t.kind <= kindCanonical:
		return func(v item) truth {
			return truthOf(slices.Contains(literals, v.m.Elem().Field(t.value.index).String()))
		}
	}
	c.ok = false
	return nil
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
