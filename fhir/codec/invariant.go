package codec

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	apb "github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	opb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/observation_go_proto"
)

// constraint is an invariant of R4 that is checked.
type constraint struct {
	text  string
	holds condition
}

// constraints are what R4 asks of a message and of its elements, and those of it that can't be told from the elements there are, the codes and
// values they have, and how many they are: what needs more of FHIRPath (resolve, descendants, texts and their parts, lists compared with lists).
func constraints(p *plan, d protoreflect.MessageDescriptor) (told []constraint, untold []string) {
	texts, _ := proto.GetExtension(d.Options(), apb.E_FhirPathMessageConstraint).([]string)
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		of, _ := proto.GetExtension(fd.Options(), apb.E_FhirPathConstraint).([]string)
		for _, text := range of {
			if strings.HasPrefix(text, "where(") { // org-2, org-3
				text = fd.JSONName() + "." + text
			}
			texts = append(texts, text)
		}
	}
	for _, text := range texts {
		c := byHand[text]
		if c == nil {
			c = compile(p, cmp.Or(errata[text], text))
		}
		if c != nil {
			told = append(told, constraint{text, c})
		} else {
			untold = append(untold, text)
		}
	}
	return told, untold
}

// errata are constraints of R4 that say what can't be meant, and what later versions say.
var errata = map[string]string{
	"Appointment.cancelationReason.exists() implies (Appointment.status='no-show' or Appointment.status='cancelled')": "cancelationReason.exists() implies (status = 'noshow' or status = 'cancelled')",
}

// byHand are the conditions of constraints that compile can't make.
var byHand = map[string]condition{
	"value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()": componentsDiffer,
}

// componentsDiffer is obs-7: what has the code of the observation itself is its value, and not also a component.
func componentsDiffer(f *frame) truth {
	o, _ := f.m.Interface().(*opb.Observation)
	if o.GetValue() == nil {
		return yes
	}
	for _, c := range o.GetComponent() {
		for _, coding := range c.GetCode().GetCoding() {
			if slices.ContainsFunc(o.GetCode().GetCoding(), func(own *dpb.Coding) bool { return proto.Equal(own, coding) }) {
				return no
			}
		}
	}
	return yes
}

// invariants are the rules that a message's constraints are.
func invariants(p *plan, d protoreflect.MessageDescriptor) []rule {
	var rules []rule
	told, _ := constraints(p, d)
	for _, c := range told {
		rules = append(rules, func(d *decoder, f *frame) bool {
			return d.lim.Kept || c.holds(f) != no || d.fault(codeInvariant, "%s breaks a rule that R4 has for it: %s.", p.name, c.text)
		})
	}
	return rules
}

var constraintToken = regexp.MustCompile(`[A-Za-z]+|[0-9]+|'[^']*'|[!<>]=|\S`)

// compile gives the condition of a constraint, or nil if it says more than a condition can.
func compile(p *plan, text string) condition {
	c := compiler{plan: p, tokens: constraintToken.FindAllString(text, -1), ok: true}
	out := c.condition()
	if !c.ok || len(c.tokens) > 0 {
		return nil
	}
	return out
}

// compiler is a recursive descent over FHIRPath's operators.
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
	for {
		i := slices.IndexFunc(operators[n], func(o operator) bool { return c.take(o.tokens...) })
		if i < 0 {
			return out
		}
		o, a, b := operators[n][i], out, c.level(n+1)
		out = func(f *frame) truth {
			left := a(f)
			if left == o.short && o.short != unknown {
				return o.decides
			}
			return o.join(left, b(f))
		}
	}
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
	switch {
	case !c.ok:
		return nil
	case c.take(".", "exists", "(", ")"):
		return p.exists
	case c.take(".", "empty", "(", ")"):
		return func(f *frame) truth { return not(p.exists(f)) }
	case c.take(".", "hasValue", "(", ")"):
		return func(f *frame) truth { return truthOf(p.one(f).valued()) }
	}
	return c.comparison(p)
}
