package path

import (
	"slices"

	"frontdesk/fhir/model"
)

// static is what can be told of a collection without evaluating it.
type static struct {
	known     bool
	types     []*model.Type // FHIR's that its elements may have
	system    string        // or FHIRPath's own
	unordered bool
}

// checker finds what can't be: functions that don't exist, and elements that types don't have (FHIRPath 2.0, 11).
type checker struct {
	src     string
	root    *model.Type
	ordered bool // what depends on an order must not be asked of what has none
}

func (c *checker) start() static {
	if c.root == nil {
		return static{}
	}
	return static{known: true, types: []*model.Type{c.root}}
}

// calls checks that functions exist and take so many arguments, and that types exist.
func (c *checker) calls(root *Node) (err error) {
	root.Walk(func(n *Node) {
		name := n.Of
		if n.Op == Is || n.Op == As {
			name = n.Text
		}
		if _, ok := parseType(name); name != "" && !ok && err == nil {
			err = wrong(c.src, n.Pos, "there is no type %s", name)
		}
		if n.Op != Call || n.Of != "" || err != nil {
			return
		}
		f, ok := functions[n.Text]
		switch {
		case !ok:
			err = wrong(c.src, n.Pos, "there is no function %s()", n.Text)
		case len(n.Args) < f.least || len(n.Args) > f.most:
			err = wrong(c.src, n.Pos, "%s() takes %d to %d arguments, and here are %d", n.Text, f.least, f.most, len(n.Args))
		}
	})
	return err
}

// check tells what a node gives of a focus.
func (c *checker) check(n *Node, focus static) (static, error) {
	switch n.Op {
	case Name:
		return c.name(n, focus)
	case Call:
		return c.call(n, focus)
	case Index:
		on, err := c.check(n.On, focus)
		if err == nil {
			_, err = c.check(n.Args[0], focus)
		}
		if err == nil {
			err = c.needsOrder(n, on)
		}
		return on, err
	case Is:
		_, err := c.check(n.On, focus)
		return static{known: true, system: "Boolean"}, err
	case As:
		on, err := c.check(n.On, focus)
		return on.as(n.Text), err
	case Binary:
		return c.binary(n, focus)
	case Polarity:
		return c.check(n.Args[0], focus)
	case This:
		return focus, nil
	case Bool:
		return static{known: true, system: "Boolean"}, nil
	case String:
		return static{known: true, system: "String"}, nil
	case Variable:
		if n.Text == "context" {
			return c.start(), nil
		}
	}
	return static{}, nil
}

func (c *checker) needsOrder(n *Node, on static) error {
	if c.ordered && on.unordered {
		return wrong(c.src, n.Pos, "the expression asks for an order where there is none")
	}
	return nil
}

func (c *checker) name(n *Node, focus static) (static, error) {
	if n.On != nil {
		on, err := c.check(n.On, focus)
		if err != nil {
			return static{}, err
		}
		return c.element(n, on)
	}
	if t := model.R4().Type(n.Text); t != nil && n.Text[0] < 'a' && focus.known {
		out := focus.as(n.Text)
		if !out.known && !slices.Contains(focus.types, model.R4().Type("Resource")) {
			return out, wrong(c.src, n.Pos, "this isn't a %s", n.Text)
		}
		return out, nil
	}
	return c.element(n, focus)
}

// element goes to the element of a name.
func (c *checker) element(n *Node, on static) (static, error) {
	if !on.known {
		return static{}, nil
	}
	var types []*model.Type
	for _, t := range on.types {
		if t.Kind == model.Abstract {
			return static{}, nil
		}
		if e := t.Element(n.Text); e != nil {
			for _, m := range e.Members {
				types = append(types, m.Type)
			}
		}
	}
	if len(types) == 0 {
		what := on.system
		if len(on.types) > 0 {
			what = on.types[0].Name
		}
		return static{}, wrong(c.src, n.Pos, "%s has no element %s", what, n.Text)
	}
	return static{known: true, types: types, unordered: on.unordered}, nil
}

// as is what is left of one type; unknown if nothing can be.
func (s static) as(name string) static {
	t, _ := parseType(name)
	if !s.known || t.fhir == nil {
		return static{}
	}
	var types []*model.Type
	for _, u := range s.types {
		switch {
		case u.Is(t.fhir):
			types = append(types, u)
		case t.fhir.Is(u):
			types = append(types, t.fhir)
		}
	}
	return static{known: len(types) > 0, types: types, unordered: s.unordered}
}

func (c *checker) binary(n *Node, focus static) (static, error) {
	a, err := c.check(n.Args[0], focus)
	if err != nil {
		return static{}, err
	}
	b, err := c.check(n.Args[1], focus)
	switch n.Text {
	case "|":
		return static{known: a.known && b.known && a.system == "" && b.system == "", types: append(slices.Clone(a.types), b.types...), unordered: true}, err
	case "+", "-", "*", "/", "div", "mod":
		return static{}, err
	case "&":
		return static{known: true, system: "String"}, err
	}
	return static{known: true, system: "Boolean"}, err
}

// through are the functions whose arguments are asked of each value, and what repeat() asks again of what it gives.
var through = map[string]bool{"where": true, "select": true, "exists": true, "all": true, "aggregate": true, "sort": true, "iif": true}

// inOrder are the functions that depend on an order.
var inOrder = map[string]bool{"first": true, "last": true, "tail": true, "skip": true, "take": true}

func (c *checker) call(n *Node, focus static) (static, error) {
	in := focus
	if n.On != nil {
		var err error
		if in, err = c.check(n.On, focus); err != nil {
			return in, err
		}
	}
	if n.Of != "" {
		if n.Text == "is" {
			return static{known: true, system: "Boolean"}, nil
		}
		return in.as(n.Of), nil
	}
	if n.Text == "repeat" || n.Text == "repeatAll" || n.Text == "defineVariable" || n.Text == "trace" {
		return static{}, nil
	}
	if through[n.Text] {
		focus = in
	}
	first := static{}
	for i, arg := range n.Args {
		got, err := c.check(arg, focus)
		if err != nil {
			return got, err
		}
		if i == 0 {
			first = got
		}
	}
	f := functions[n.Text]
	switch {
	case n.Text == "iif" && first.known && first.system != "Boolean" && !first.mayBe("boolean"):
		return first, wrong(c.src, n.Args[0].Pos, "the criterion of iif() must be a boolean")
	case f.takes == "String" && in.known && !in.isText():
		return in, wrong(c.src, n.Pos, "%s() is for strings", n.Text)
	case inOrder[n.Text]:
		return in, c.needsOrder(n, in)
	}
	return f.result(in, first), nil
}

func (f function) result(in, first static) static {
	switch f.gives {
	case "same":
		return in
	case "arg":
		first.unordered = first.unordered || in.unordered
		return first
	case "unordered":
		return static{unordered: true}
	case "Extension":
		return static{known: true, types: []*model.Type{model.R4().Type("Extension")}}
	case "":
		return static{}
	}
	return static{known: true, system: f.gives}
}

// mayBe says whether it may be of a FHIR type.
func (s static) mayBe(name string) bool {
	return slices.ContainsFunc(s.types, func(t *model.Type) bool { return t.Name == name })
}

// isText says whether it may be a string: what R4 has as text is one.
func (s static) isText() bool {
	if s.system != "" {
		return s.system == "String"
	}
	return slices.ContainsFunc(s.types, func(t *model.Type) bool { return t.Kind == model.Primitive || t.Kind == model.Abstract })
}
