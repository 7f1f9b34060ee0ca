package codec

import (
	"regexp"
	"slices"
)

var constraintToken = regexp.MustCompile(`[A-Za-z]+|[0-9]+|'[^']*'|[!<>]=|\S`)

// compile gives the condition of a constraint, or nil if it says more than a condition can.
func compile(p *plan, text string) condition {
	c := compiler{plan: p, root: p, tokens: constraintToken.FindAllString(text, -1), ok: true}
	out := c.condition()
	if !c.ok || len(c.tokens) > 0 {
		return nil
	}
	return out
}

// compiler is a recursive descent over FHIRPath's operators.
type compiler struct {
	plan   *plan // of the objects that are asked about
	root   *plan // of that which the constraint is for
	tokens []string
	ok     bool
}

// take consumes the given tokens if they come next.
func (c *compiler) take(want ...string) bool {
	if len(c.tokens) < len(want) || !slices.Equal(c.tokens[:len(want)], want) {
		return false
	}
	c.tokens = c.tokens[len(want):]
	return true
}

// next consumes a token; "" if there is none.
func (c *compiler) next() string {
	if len(c.tokens) == 0 {
		c.ok = false
		return ""
	}
	t := c.tokens[0]
	c.tokens = c.tokens[1:]
	return t
}

func (c *compiler) condition() condition { return c.level(0) }

// level is what operators of a precedence join, left to right.
func (c *compiler) level(n int) condition {
	if n == len(operators) {
		return c.term()
	}
	out := c.level(n + 1)
	for len(c.tokens) > 0 && operators[n][c.tokens[0]] != nil {
		join, a := operators[n][c.next()], out
		b := c.level(n + 1)
		out = func(f *frame) truth {
			left := a(f)
			if decided := join(left, no); decided == join(left, yes) {
				return decided // whatever the right is
			}
			return join(left, b(f))
		}
	}
	return out
}

// term is something in parentheses, a comparison of numbers, or a test of a path.
func (c *compiler) term() condition {
	out := c.amounts()
	switch {
	case out != nil:
		return out
	case c.take("("):
		out = c.condition()
		c.ok = c.take(")") && c.ok
	default:
		out = c.test()
	}
	for c.take(".", "not", "(", ")") {
		a := out
		out = func(f *frame) truth { return not(a(f)) }
	}
	return out
}

// test is path.exists(), path.empty(), path.hasValue() or a comparison of the path's one value.
func (c *compiler) test() condition {
	p := c.path()
	if !c.ok {
		return nil
	}
	exists := p.exists
	if c.take(".", "intersect", "(", "%", "resource", ".") {
		exists = c.intersection(p)
	}
	switch {
	case c.take(".", "exists", "(", ")"):
		return exists
	case c.take(".", "empty", "(", ")"):
		return func(f *frame) truth { return not(exists(f)) }
	case c.take(".", "hasValue", "(", ")"):
		return func(f *frame) truth { return truthOf(p.one(f).valued()) }
	}
	return c.comparison(p)
}

// intersection says whether a path leads to something that another path leads to from the resource.
func (c *compiler) intersection(p path) condition {
	whole := compiler{plan: c.root, root: c.root, tokens: c.tokens, ok: c.root.members["resourceType"] != nil}
	other := whole.path()
	c.ok = whole.take(")") && whole.ok
	c.tokens = whole.tokens
	return func(f *frame) truth {
		theirs := other.items(f.root(), nil)
		return truthOf(slices.ContainsFunc(p.items(f, nil), func(v item) bool { return slices.ContainsFunc(theirs, v.equals) }))
	}
}
