package spec

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/model"
	"frontdesk/fhir/path"
)

// conditions compiles a boolean expression about the element at the end of a path: "resolve() is T", "x = 'code'", "x
// != true", "x.exists()", and these joined by "and".
func (c *compiler) conditions(cur *route, n *path.Node) ([]condition, error) {
	if binary(n, "and") {
		left, err := c.conditions(cur, n.Args[0])
		if err != nil {
			return nil, err
		}
		right, err := c.conditions(cur, n.Args[1])
		return append(left, right...), err
	}
	var one condition
	var err error
	switch {
	case n.Op == path.Is && n.On.Calls("resolve", 0) && n.On.On == nil:
		typ := n.Text[strings.LastIndexByte(n.Text, '.')+1:]
		if model.R4().Resource(typ) == nil {
			return nil, wrong(c.src, n.Pos, "The expression names a type that R4 hasn't got: %s", typ)
		}
		one = refersTo(typ)
	case n.Calls("exists", 0) && n.On != nil:
		one.op = asksExists
		one.steps, _, err = c.within(cur, n.On)
	case binary(n, "=", "!="):
		one, err = c.comparison(cur, n)
	default:
		err = wrong(c.src, n.Pos, "The expression has a condition that isn't supported in search parameters")
	}
	return []condition{one}, err
}

// comparison compiles x = 'code' and x != true.
func (c *compiler) comparison(cur *route, n *path.Node) (one condition, err error) {
	literal := n.Args[1]
	one.op, one.kind, one.text = asksEqual, literal.Op, literal.Text
	if n.Text == "!=" {
		one.op = asksDiffer
	}
	var at *model.Type
	one.steps, at, err = c.within(cur, n.Args[0])
	switch {
	case err != nil:
	case literal.Op != path.String && literal.Op != path.Bool:
		err = wrong(c.src, literal.Pos, "The expression must compare with a 'string', true or false")
	case at != nil && !comparable(at, literal):
		err = wrong(c.src, literal.Pos, "The expression compares with a value that can't be there")
	}
	return one, err
}

// within compiles a path that begins where cur has come to.
func (c *compiler) within(cur *route, n *path.Node) ([]step, *model.Type, error) {
	if cur.choice != nil {
		return nil, nil, wrong(c.src, n.Pos, "The expression must say which type of the choice it means before it asks for its parts")
	}
	inner := &compiler{src: c.src, root: cur.at}
	got, err := inner.follow(n)
	if err != nil {
		return nil, nil, err
	}
	if got == nil {
		return nil, nil, wrong(c.src, n.Pos, "The expression names another type than %s here", cur.at.Name)
	}
	got.settle()
	return got.steps, got.at, nil
}

// comparable says whether an element can have the value of a literal: a code must be one that its value set knows.
func comparable(t *model.Type, literal *path.Node) bool {
	field := t.Descriptor.Fields().ByName("value")
	switch {
	case t.Kind != model.Primitive || field == nil:
		return false
	case t.Codes != nil:
		return literal.Op == path.String && t.Has(literal.Text)
	}
	return field.Kind() == protoreflect.BoolKind && literal.Op == path.Bool || field.Kind() == protoreflect.StringKind && literal.Op == path.String
}

// extension goes to the extensions with a URL (R4 fhirpath 2.9.1.5.2).
func (c *compiler) extension(cur *route, n *path.Node) (*route, error) {
	cur, err := c.member(cur, "extension", n)
	if err != nil {
		return nil, err
	}
	url, err := c.member(&route{at: cur.at}, "url", n)
	if err != nil {
		return nil, err
	}
	is := condition{op: asksEqual, kind: path.String, text: n.Args[0].Text, steps: url.steps}
	cur.steps = append(cur.steps, step{op: stepWhere, conditions: []condition{is}, text: "{url='" + is.text + "'}"})
	return cur, nil
}
