package spec

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// conditions compiles a boolean expression about the element at the end of a path: "resolve() is T", "x = 'code'", "x != true",
// "x.exists()", and these joined by "and".
func (c *compiler) conditions(cur *path, n *node) ([]condition, error) {
	if n.op == opAnd {
		left, err := c.conditions(cur, n.args[0])
		if err != nil {
			return nil, err
		}
		right, err := c.conditions(cur, n.args[1])
		return append(left, right...), err
	}
	one := condition{op: n.op}
	var err error
	switch {
	case n.op == opIs && n.on.op == opCall && n.on.text == "resolve" && n.on.on == nil:
		one = refersTo(n.text)
		if messages()[n.text] == nil {
			err = wrong(c.src, n.pos, "The expression names a type that R4 hasn't got: %s", n.text)
		}
	case n.op == opCall && n.text == "exists" && n.on != nil && n.args == nil:
		one.steps, _, err = c.within(cur, n.on)
	case n.op == opEqual || n.op == opDiffer:
		literal := n.args[1]
		one.kind, one.text = literal.op, literal.text
		var at protoreflect.MessageDescriptor
		one.steps, at, err = c.within(cur, n.args[0])
		switch {
		case err != nil:
		case literal.op != opString && literal.op != opBool:
			err = wrong(c.src, literal.pos, "The expression must compare with a 'string', true or false")
		case at != nil && !comparable(at, literal):
			err = wrong(c.src, literal.pos, "The expression compares with a value that can't be there")
		}
	default:
		err = wrong(c.src, n.pos, "The expression has a condition that isn't supported in search parameters")
	}
	return []condition{one}, err
}

// within compiles a path that begins where cur has come to.
func (c *compiler) within(cur *path, n *node) ([]step, protoreflect.MessageDescriptor, error) {
	if choiceOf(cur.at) != nil {
		return nil, nil, wrong(c.src, n.pos, "The expression must say which type of the choice it means before it asks for its parts")
	}
	inner := &compiler{src: c.src, root: cur.at}
	got, err := inner.follow(n)
	if err != nil {
		return nil, nil, err
	}
	if got == nil {
		return nil, nil, wrong(c.src, n.pos, "The expression names another type than %s here", cur.at.Name())
	}
	at := c.settle(got)
	return got.steps, at, nil
}

// comparable says whether an element can have the value of a literal: a code must be one that its value set knows.
func comparable(md protoreflect.MessageDescriptor, literal *node) bool {
	field := md.Fields().ByName("value")
	if field == nil {
		return false
	}
	switch field.Kind() {
	case protoreflect.BoolKind:
		return literal.op == opBool
	case protoreflect.StringKind:
		return literal.op == opString
	case protoreflect.EnumKind:
		return literal.op == opString && slices.Contains(codes(field.Enum()), literal.text)
	}
	return false
}

// extension goes to the extensions with a URL (R4 fhirpath 2.9.1.5.2).
func (c *compiler) extension(cur *path, n *node) (*path, error) {
	cur, err := c.member(cur, "extension", n)
	if err != nil {
		return nil, err
	}
	url, err := c.member(&path{at: cur.at}, "url", n)
	if err != nil {
		return nil, err
	}
	is := condition{op: opEqual, kind: opString, text: n.args[0].text, steps: url.steps}
	cur.steps = append(cur.steps, step{op: stepWhere, conditions: []condition{is}, text: "{url='" + is.text + "'}"})
	return cur, nil
}
