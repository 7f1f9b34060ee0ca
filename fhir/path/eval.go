package path

import (
	"maps"
	"strings"

	"frontdesk/fhir/model"
	"frontdesk/fhir/path/system"
)

// run is one evaluation.
type run struct {
	env     Env
	src     string
	left    int // steps
	context *Element
	depth   int
}

// frame is where an expression is evaluated: what $this, $index and $total are.
type frame struct {
	focus Collection
	index int // -1 outside of functions that go through a collection
	total *Collection
	vars  *scope
}

// scope holds what defineVariable() defines, for what follows in the same path and within it.
type scope struct {
	vars  map[string]Collection
	outer *scope
}

func (s *scope) find(name string) (Collection, bool) {
	for ; s != nil; s = s.outer {
		if c, ok := s.vars[name]; ok {
			return c, true
		}
	}
	return nil, false
}

// within is the frame with a scope of its own.
func (f *frame) within() *frame {
	inner := *f
	inner.vars = &scope{outer: f.vars}
	return &inner
}

// on is the frame of one value of a collection.
func (f *frame) on(v Value, index int) *frame {
	return &frame{focus: Collection{v}, index: index, total: f.total, vars: &scope{outer: f.vars}}
}

// maxResult bounds collections and texts, so that an expression can't grow them without end.
const (
	maxResult = 200_000
	maxText   = 1 << 20
	maxCalls  = 2000
)

// fail ends the evaluation; Evaluate takes it up.
func (r *run) fail(n *Node, format string, args ...any) { panic(wrong(r.src, n.Pos, format, args...)) }

// step counts work against the limit.
func (r *run) step(n *Node, work int) {
	if r.left -= 1 + work; r.left < 0 {
		r.fail(n, "the expression takes too long to evaluate")
	}
}

// eval gives what a node is in a frame.
func (r *run) eval(n *Node, f *frame) Collection {
	if r.depth++; r.depth > maxCalls {
		r.fail(n, "the expression nests too deeply to evaluate")
	}
	out := r.node(n, f)
	r.depth--
	r.step(n, len(out))
	if len(out) > maxResult {
		r.fail(n, "the expression gives too many values")
	}
	return out
}

func (r *run) node(n *Node, f *frame) Collection {
	switch n.Op {
	case Name:
		return r.name(n, f)
	case Call:
		return r.call(n, f)
	case Index:
		in := r.eval(n.On, f)
		if i, ok := r.integer(n, r.eval(n.Args[0], f.within())); ok && i >= 0 && i < int64(len(in)) {
			return in[i : i+1]
		}
		return nil
	case Is, As:
		return r.typed(n, n.Text, r.eval(n.On, f.within()), n.Op == As)
	case Binary:
		return r.binary(n, f)
	case Polarity:
		return r.polarity(n, f)
	case This:
		return f.focus
	case Position:
		if f.index < 0 {
			r.fail(n, "$index is for functions that go through a collection")
		}
		return one(int64(f.index))
	case Total:
		if f.total == nil {
			r.fail(n, "$total is for aggregate()")
		}
		return *f.total
	case Variable:
		return r.variable(n, f)
	}
	return n.literal()
}

// literal is the value that stands in the expression. The parser has checked it.
func (n *Node) literal() Collection {
	switch n.Op {
	case Bool:
		return one(n.Text == "true")
	case String:
		return one(n.Text)
	case Number, Quantity:
		d, _ := system.ParseDecimal(n.Text)
		if n.Op == Quantity {
			return one(system.Quantity{Value: d, Unit: n.Unit, Calendar: n.Calendar})
		}
		if i, whole := d.Int64(); whole && !strings.Contains(n.Text, ".") {
			return one(i)
		}
		return one(d)
	case Date, DateTime, Time:
		m, _ := system.ParseMoment(moments[n.Op], n.Text)
		return one(m)
	}
	return nil
}

// name goes to child elements. At a path's beginning it may be the type of what is asked (FHIRPath 2.0, 3.2).
func (r *run) name(n *Node, f *frame) Collection {
	in := f.focus
	if n.On != nil {
		in = r.eval(n.On, f)
	} else if c, ok := named(n.Text, in); ok {
		return c
	}
	var out Collection
	for _, v := range in {
		if v.Element == nil {
			out = append(out, v.part(n.Text)...)
			continue
		}
		for _, k := range v.Element.Named(n.Text) {
			out = append(out, Value{Element: k})
		}
	}
	return out
}

// part is what type() tells by name.
func (v Value) part(name string) Collection {
	t, ok := v.system.(typeInfo)
	switch {
	case ok && name == "name":
		return one(t.name)
	case ok && name == "namespace":
		return one(t.namespace)
	}
	return nil
}

// named are the values of a type, if the name is a type's and not an element's.
func named(name string, in Collection) (out Collection, ok bool) {
	if name[0] >= 'a' {
		return nil, false
	}
	t := model.R4().Type(name)
	if t == nil {
		return nil, false
	}
	for _, v := range in {
		if v.is(typeSpec{fhir: t}) {
			out = append(out, v)
		}
	}
	return out, true
}

// typed is "is" and "as" (FHIRPath 2.0, 6.3).
func (r *run) typed(n *Node, name string, in Collection, as bool) Collection {
	t, ok := parseType(name)
	if !ok {
		r.fail(n, "there is no type %s", name)
	}
	if len(in) > 1 && !(as && r.env.Filtering) {
		r.fail(n, "is and as are for one value, and here are %d; ofType() takes those of a type", len(in))
	}
	var out Collection
	for _, v := range in {
		switch {
		case !as:
			return one(v.is(t))
		case v.is(t):
			out = append(out, v)
		}
	}
	return out
}

// variable is %name.
func (r *run) variable(n *Node, f *frame) Collection {
	if c, ok := f.vars.find(n.Text); ok {
		return c
	}
	if c, ok := r.env.Variables[n.Text]; ok {
		return c
	}
	element := func(e *Element) Collection {
		if e == nil {
			return nil
		}
		return Collection{{Element: e}}
	}
	switch n.Text {
	case "context":
		return element(r.context)
	case "resource":
		return element(r.context.Resource())
	case "rootResource":
		return element(r.context.Root())
	case "ucum":
		return one(ucum)
	case "sct":
		return one("http://snomed.info/sct")
	case "loinc":
		return one("http://loinc.org")
	}
	if name, ok := strings.CutPrefix(n.Text, "vs-"); ok {
		return one("http://hl7.org/fhir/ValueSet/" + name)
	}
	if name, ok := strings.CutPrefix(n.Text, "ext-"); ok {
		return one("http://hl7.org/fhir/StructureDefinition/" + name)
	}
	r.fail(n, "there is no variable %%%s", n.Text)
	return nil
}

// define adds a variable to the path's scope.
func (f *frame) define(name string, c Collection) bool {
	if _, there := f.vars.find(name); there {
		return false
	}
	f.vars.vars = maps.Clone(f.vars.vars)
	if f.vars.vars == nil {
		f.vars.vars = map[string]Collection{}
	}
	f.vars.vars[name] = c
	return true
}

// call calls a function on a collection.
func (r *run) call(n *Node, f *frame) Collection {
	in := f.focus
	if n.On != nil {
		in = r.eval(n.On, f)
	}
	if n.Of != "" {
		if n.Text == "ofType" {
			return r.ofType(n, in)
		}
		return r.typed(n, n.Of, in, n.Text == "as")
	}
	return functions[n.Text].call(r, n, f, in)
}

func (r *run) ofType(n *Node, in Collection) (out Collection) {
	t, ok := parseType(n.Of)
	if !ok {
		r.fail(n, "there is no type %s", n.Of)
	}
	for _, v := range in {
		if v.is(t) {
			out = append(out, v)
		}
	}
	return out
}
