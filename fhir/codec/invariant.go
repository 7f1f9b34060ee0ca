package codec

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	apb "github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
)

// condition is an invariant of R4 that can be told from which elements are there and from codes: a closure over a frame.
type condition func(*frame) bool

// invariants are the constraints that R4 puts on a message and that can be told so. Those that need more of FHIRPath
// (resolve, descendants, comparisons of values) are left out; rules.go has the ones among them that matter here.
func invariants(p *plan, d protoreflect.MessageDescriptor) []rule {
	var rules []rule
	constraints, _ := proto.GetExtension(d.Options(), apb.E_FhirPathMessageConstraint).([]string)
	for _, text := range constraints {
		c := compile(p, text)
		if c == nil {
			continue
		}
		rules = append(rules, func(d *decoder, f *frame) bool {
			return c(f) || d.fault(codeInvariant, "%s breaks a rule that R4 has for it: %s.", p.name, text)
		})
	}
	return rules
}

var constraintToken = regexp.MustCompile(`[A-Za-z]+|'[^']*'|!=|\S`)

// compile gives the condition of a constraint, or nil if it says more than a condition can.
func compile(p *plan, text string) condition {
	c := compiler{plan: p, tokens: constraintToken.FindAllString(text, -1), ok: true}
	out := c.implies()
	if !c.ok || len(c.tokens) > 0 {
		return nil
	}
	return out
}

// compiler is a recursive descent over FHIRPath's operators, the loosest first (FHIRPath 6.7, precedence).
type compiler struct {
	plan   *plan
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

func (c *compiler) implies() condition {
	left := c.or()
	for c.take("implies") {
		a, b := left, c.or()
		left = func(f *frame) bool { return !a(f) || b(f) }
	}
	return left
}

func (c *compiler) or() condition {
	left := c.and()
	for {
		switch a := left; {
		case c.take("or"):
			b := c.and()
			left = func(f *frame) bool { return a(f) || b(f) }
		case c.take("xor"):
			b := c.and()
			left = func(f *frame) bool { return a(f) != b(f) }
		default:
			return left
		}
	}
}

func (c *compiler) and() condition {
	left := c.equal()
	for c.take("and") {
		a, b := left, c.equal()
		left = func(f *frame) bool { return a(f) && b(f) }
	}
	return left
}

func (c *compiler) equal() condition {
	left := c.term()
	for {
		switch a := left; {
		case c.take("="):
			b := c.term()
			left = func(f *frame) bool { return a(f) == b(f) }
		case c.take("!="):
			b := c.term()
			left = func(f *frame) bool { return a(f) != b(f) }
		default:
			return left
		}
	}
}

func (c *compiler) term() condition {
	var out condition
	if c.take("(") {
		out = c.implies()
		c.ok = c.take(")") && c.ok
	} else {
		out = c.element()
	}
	for c.take(".", "not", "(", ")") {
		a := out
		out = func(f *frame) bool { return !a(f) }
	}
	return out
}

// element is a test of one element of the plan: name.exists(), name.empty(), name = 'code' or name in ('a' | 'b').
func (c *compiler) element() condition {
	var e *element
	if len(c.tokens) > 0 {
		i := slices.IndexFunc(c.plan.elements, func(e *element) bool { return e.name == c.tokens[0] })
		if i >= 0 {
			e = c.plan.elements[i]
		}
		c.tokens = c.tokens[1:]
	}
	switch {
	case e == nil:
	case c.take(".", "exists", "(", ")"):
		return func(f *frame) bool { return f.seen()&e.bit() != 0 }
	case c.take(".", "empty", "(", ")"):
		return func(f *frame) bool { return f.seen()&e.bit() == 0 }
	case c.take("="):
		return c.code(e, c.literals("|"))
	case c.take("in", "("):
		codes := c.literals("|")
		c.ok = c.take(")") && c.ok
		return c.code(e, codes)
	}
	c.ok = false
	return nil
}

func (c *compiler) literals(between string) (out []string) {
	for len(c.tokens) > 0 && c.tokens[0][0] == '\'' {
		out = append(out, strings.Trim(c.tokens[0], "'"))
		c.tokens = c.tokens[1:]
		if !c.take(between) {
			break
		}
	}
	return out
}

// code tests a code of a required binding. One that is not there, or at fault, breaks nothing.
func (c *compiler) code(e *element, codes []string) condition {
	m := c.plan.members[e.name]
	if m == nil || e.repeated || m.typ.kind != kindEnum || len(codes) == 0 {
		c.ok = false
		return nil
	}
	numbers := map[int64]bool{}
	for _, code := range codes {
		n, known := m.typ.codes[code]
		c.ok = c.ok && known
		numbers[int64(n)] = true
	}
	return func(f *frame) bool {
		v := f.get(m)
		return !v.IsValid() || numbers[v.Elem().Field(m.typ.value.index).Int()]
	}
}
