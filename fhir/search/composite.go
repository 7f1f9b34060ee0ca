package search

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/spec"
)

// maxTuples bounds the values one element gives to a composite: the product of what its parts give. A true record stays
// far below; without it a hostile one of 1 MB could ask for a billion.
const maxTuples = 4096

// A composite's rules are those of its parts, which are found in the same table: so it is bound here, when the table
// exists.
func init() {
	kinds[spec.Composite] = kind{parse: parseComposite, take: takeComposite}
}

func parseComposite(c *parser, p *spec.Param, _, value string) (Criterion, error) {
	parts := split(value, '$')
	if len(parts) != len(p.Components) {
		return nil, fmt.Errorf("it has %d parts with $ between them, and %d were given", len(p.Components), len(parts))
	}
	out := make(CompositeIs, len(parts))
	for i, part := range p.Components {
		if parts[i] == "" {
			return nil, fmt.Errorf("part %d is empty", i+1)
		}
		is, err := kinds[part.Param.Kind].parse(c, part.Param, "", parts[i])
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i+1, err)
		}
		out[i] = is
	}
	return out, nil
}

// takeComposite pairs the values of the parts within one element: a component's code goes with that component's value
// only.
func takeComposite(t *extractor, m proto.Message, yield func(Value)) {
	parts := make([][]Value, len(t.param.Components))
	for i, part := range slices.Backward(t.param.Components) { // the value is missing more often than the code
		t.each(part.Param, m.ProtoReflect(), func(v Value) { parts[i] = append(parts[i], v) })
		if parts[i] == nil {
			return
		}
	}
	tuples := []Tuple{nil}
	for _, values := range parts {
		var longer []Tuple
		for _, head := range tuples {
			for _, v := range values {
				if len(longer) < maxTuples {
					longer = append(longer, append(head[:len(head):len(head)], v))
				}
			}
		}
		tuples = longer
	}
	for _, tuple := range tuples {
		yield(tuple)
	}
}

func (c CompositeIs) meets(v Value) bool {
	t, ok := v.(Tuple)
	if !ok || len(t) != len(c) {
		return false
	}
	for i, is := range c {
		if !is.meets(t[i]) {
			return false
		}
	}
	return true
}

// String is the compact form: the parts' with " $ " between them.
func (c CompositeIs) String() string {
	parts := make([]string, len(c))
	for i, is := range c {
		parts[i] = is.String()
	}
	return strings.Join(parts, " $ ")
}
