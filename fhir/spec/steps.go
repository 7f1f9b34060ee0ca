package spec

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// program is a compiled expression: the union of its paths. Equal elements are not merged, which FHIRPath would do:
// an index entry twice is an index entry.
type program []path

// path leads from a message of type root to the elements an alternative of an expression selects, of type at; a nil at
// is a choice of several.
type path struct {
	root, at protoreflect.MessageDescriptor
	steps    []step
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
		if p[i].root == m.Descriptor() && !walk(p[i].steps, m, yield) {
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
			if all(s.conditions, m) != yes {
				return true
			}
		case stepTruth:
			t := all(s.conditions, m)
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
	for _, path := range p {
		for _, s := range path.steps {
			if s.op == stepList {
				return true
			}
		}
	}
	return false
}

// alternative is a path as it is compared with others: two paths with the same key select the same elements, except
// that a target restricts them to references to that type.
type alternative struct{ key, target string }

func (p path) alternative() alternative {
	var key strings.Builder
	key.WriteString(string(p.root.Name()))
	for i, s := range p.steps {
		if i == len(p.steps)-1 && s.op == stepWhere && len(s.conditions) == 1 && s.conditions[0].op == opIs {
			return alternative{key.String(), s.conditions[0].text}
		}
		key.WriteString(s.text)
	}
	return alternative{key: key.String()}
}
