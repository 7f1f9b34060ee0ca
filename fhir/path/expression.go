package path

import (
	"slices"
	"time"

	"frontdesk/fhir/model"
)

// Expression is one that can be evaluated, by many at once.
type Expression struct {
	Root *Node
	src  string
}

// Env is what an expression may ask of beyond the resource. Its zero value will do.
type Env struct {
	// Now is what now(), today() and timeOfDay() tell; the time of the evaluation if it is zero.
	Now time.Time
	// Variables are given by name, without the %. %context, %resource, %rootResource, %ucum, %sct, %loinc, %vs-… and
	// %ext-… are there without being given.
	Variables map[string]Collection
	// Resolve finds what a reference points at, beyond what is contained and what is in the same Bundle; nil for
	// nothing.
	Resolve func(reference string) *Element
	// MemberOf says whether a code, Coding or CodeableConcept is in a value set; known is false if that can't be
	// told. It may be nil.
	MemberOf func(v Value, valueSet string) (in, known bool)
	// ConformsTo says whether an element conforms to a profile. It may be nil; R4's own types are known without it.
	ConformsTo func(e *Element, profile string) (conforms, known bool)
	// Trace takes what trace() is asked of. It may be nil.
	Trace func(name string, values Collection)
	// Steps bounds the work; 0 is 10 million steps, a second or so.
	Steps int
	// Budget bounds the work of several evaluations together: it is what is left of their steps. It may be nil.
	Budget *int
	// Filtering lets as() drop what is of another type where there are several values, as R4's own expressions
	// expect, and not only ofType().
	Filtering bool
}

// defaultSteps bounds an evaluation where Env doesn't.
const defaultSteps = 10_000_000

// Check is something more that Compile checks.
type Check uint8

// Ordered refuses to ask for the first, or the next, of what has no order, as of children().
const Ordered Check = 1

// Compile reads an expression. If the type it will be asked of is given, its elements are checked too, as far as they
// can be: what can't be there is an error (FHIRPath 2.0, 11).
func Compile(src string, t *model.Type, more ...Check) (*Expression, error) {
	n, err := Parse(src)
	if err != nil {
		return nil, err
	}
	c := checker{src: src, root: t, ordered: slices.Contains(more, Ordered)}
	if err := c.calls(n); err != nil {
		return nil, err
	}
	if t != nil {
		if _, err := c.check(n, c.start()); err != nil {
			return nil, err
		}
	}
	return &Expression{n, src}, nil
}

// String is its source.
func (x *Expression) String() string { return x.src }

// Evaluate asks it of an element, mostly a resource. An error is an *Error.
func (x *Expression) Evaluate(env Env, on *Element) (c Collection, err error) {
	r := &run{env: env, src: x.src, left: env.Steps, context: on}
	if r.left <= 0 {
		r.left = defaultSteps
	}
	if env.Budget != nil {
		r.left = *env.Budget
		defer func() { *env.Budget = max(0, r.left) }()
	}
	if r.env.Now.IsZero() {
		r.env.Now = time.Now()
	}
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *Error:
			c, err = nil, e
		default:
			panic(e)
		}
	}()
	f := &frame{index: -1, vars: &scope{}}
	if on != nil {
		f.focus = Collection{{Element: on}}
	}
	return r.eval(x.Root, f), nil
}

// Holds asks a condition of an element, as invariants are asked: known is false if the answer is empty.
func (x *Expression) Holds(env Env, on *Element) (holds, known bool, err error) {
	c, err := x.Evaluate(env, on)
	if err != nil || len(c) == 0 {
		return false, false, err
	}
	if len(c) > 1 {
		return false, false, wrong(x.src, 0, "the condition gives %d values", len(c))
	}
	b, ok := c[0].System().(bool)
	return b || !ok, true, nil
}
