package spec

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/model"
)

// program is a compiled expression: the union of its paths. Equal elements are not merged, which FHIRPath would do:
// an index entry twice is an index entry.
type program []route

// route leads from a value of type root to the elements that an alternative of an expression selects, of type at; where
// at is nil it leads to the choice of several. Two routes with the same key select the same elements, except that
// target, if it isn't "", restricts them to references to that type.
type route struct {
	root, at    *model.Type
	choice      *model.Element
	steps       []step
	key, target string
}

// stepOp is what a step does.
type stepOp uint8

const (
	stepField  stepOp = iota // to the element field, if it is there
	stepList                 // to each element of field
	stepChoice               // to what is in the choice oneof
	stepWhere                // on, if all conditions are true
	stepTruth                // to a boolean: whether all conditions are true
)

// step is one hop of a path.
type step struct {
	op         stepOp
	field      protoreflect.FieldDescriptor
	oneof      protoreflect.OneofDescriptor
	conditions []condition
	text       string // what it is in a key
}

func (p program) each(m protoreflect.Message, yield func(protoreflect.Message) bool) {
	for i := range p {
		if p[i].root.Descriptor == m.Descriptor() && !walk(p[i].steps, m, yield) {
			return
		}
	}
}

// walk takes the steps from m. It says false if yield did.
func walk(steps []step, m protoreflect.Message, yield func(protoreflect.Message) bool) bool {
	for i := range steps {
		switch s := &steps[i]; s.op {
		case stepField:
			if m = m.Get(s.field).Message(); !m.IsValid() {
				return true
			}
		case stepList:
			list := m.Get(s.field).List()
			for j := range list.Len() {
				if !walk(steps[i+1:], list.Get(j).Message(), yield) {
					return false
				}
			}
			return true
		case stepChoice:
			field := m.WhichOneof(s.oneof)
			if field == nil {
				return true
			}
			m = m.Get(field).Message()
		case stepWhere:
			if allOf(s.conditions, m) != yes {
				return true
			}
		case stepTruth:
			t := allOf(s.conditions, m)
			if t == unknown {
				return true
			}
			m = truths[t]
		}
	}
	return yield(m)
}

// many says whether the program may select more than one element of a message.
func (p program) many() bool {
	for _, r := range p {
		for _, s := range r.steps {
			if s.op == stepList {
				return true
			}
		}
	}
	return false
}

// finish writes the key and the target.
func (p *route) finish() {
	var key strings.Builder
	key.WriteString(string(p.root.Descriptor.Name()))
	for i, s := range p.steps {
		if i == len(p.steps)-1 && s.op == stepWhere && len(s.conditions) == 1 && s.conditions[0].op == asksReference {
			p.target = s.conditions[0].text
			break
		}
		key.WriteString(s.text)
	}
	p.key = key.String()
}
