package spec

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxPaths bounds the union that an expression may be.
const maxPaths = 256

// compiler makes a program for messages of type root.
type compiler struct {
	src   string
	root  protoreflect.MessageDescriptor
	paths []path
	used  []string // the alternatives that are about root
}

// compile makes the program of an expression for messages of type root, and gives that part of the expression which is
// about it: search parameters of several types list their alternatives for all of them (R4 SearchParameter.expression).
func compile(root protoreflect.MessageDescriptor, src string) ([]path, string, error) {
	tree, err := parse(src)
	if err != nil {
		return nil, "", err
	}
	c := &compiler{src: src, root: root}
	if err := c.union(tree); err != nil {
		return nil, "", err
	}
	if len(c.paths) == 0 {
		return nil, "", wrong(src, 0, "The expression selects nothing of %s: begin a part of it with %[1]s.", root.Name())
	}
	return c.paths, strings.Join(c.used, " | "), nil
}

// union compiles every alternative.
func (c *compiler) union(n *node) error {
	if n.op == opUnion {
		if err := c.union(n.args[0]); err != nil {
			return err
		}
		return c.union(n.args[1])
	}
	cur, err := c.alternative(n)
	if err != nil || cur == nil {
		return err
	}
	if cur.at = c.settle(cur); len(c.paths) == maxPaths {
		return wrong(c.src, n.pos, "The expression has too many alternatives: at most %d are allowed", maxPaths)
	}
	cur.finish()
	c.paths = append(c.paths, *cur)
	c.used = append(c.used, c.src[n.pos:n.end])
	return nil
}

// settle takes what is in the choice, if the path ends at one. Then at is nil: it may be of several types.
func (c *compiler) settle(cur *path) protoreflect.MessageDescriptor {
	choice := choiceOf(cur.at)
	if choice == nil {
		return cur.at
	}
	cur.steps = append(cur.steps, step{op: stepChoice, oneof: choice, text: "[x]"})
	return nil
}

// alternative is a path, or a boolean expression; nil if it is about another type.
func (c *compiler) alternative(n *node) (*path, error) {
	if n.op != opAnd && n.op != opEqual && n.op != opDiffer && (n.op != opCall || n.text != "exists") {
		return c.follow(n)
	}
	cur := &path{root: c.root, at: c.root}
	conditions, err := c.conditions(cur, n)
	if err != nil {
		return nil, err
	}
	cur.at = truths[yes].Descriptor()
	cur.steps = []step{{op: stepTruth, conditions: conditions, text: c.src[n.pos:n.end]}}
	return cur, nil
}

// follow compiles a path from its beginning; nil if it begins at another type.
func (c *compiler) follow(n *node) (*path, error) {
	if n.op == opThis {
		return &path{root: c.root, at: c.root}, nil
	}
	if n.op != opName && n.op != opCall && n.op != opAs {
		return nil, wrong(c.src, n.pos, "The expression has something here that isn't supported in search parameters; write a path")
	}
	if n.on == nil {
		if n.op == opName && n.text[0] < 'a' {
			return c.start(n)
		}
		return c.hop(&path{root: c.root, at: c.root}, n)
	}
	cur, err := c.follow(n.on)
	if err != nil || cur == nil {
		return nil, err
	}
	return c.hop(cur, n)
}

// start is at the root, if the type n names is the root's.
func (c *compiler) start(n *node) (*path, error) {
	root := string(c.root.Name())
	switch {
	case n.text == root, messages()[root] != nil && n.text == "Resource",
		n.text == "DomainResource" && c.root.Fields().ByName("contained") != nil:
		return &path{root: c.root, at: c.root}, nil
	case messages()[n.text] != nil, n.text == "DomainResource", n.text == "Resource":
		return nil, nil
	}
	return nil, wrong(c.src, n.pos, "The expression names a type that R4 hasn't got: %s", n.text)
}

// hop compiles the last part of n, from where the rest of it led.
func (c *compiler) hop(cur *path, n *node) (*path, error) {
	switch {
	case n.op == opName:
		return c.member(cur, n.text, n)
	case n.op == opAs:
		return c.as(cur, n)
	case n.text == "where" && len(n.args) == 1:
		conditions, err := c.conditions(cur, n.args[0])
		cur.steps = append(cur.steps, step{op: stepWhere, conditions: conditions, text: "{" + c.src[n.args[0].pos:n.args[0].end] + "}"})
		return cur, err
	case n.text == "extension" && len(n.args) == 1 && n.args[0].op == opString:
		return c.extension(cur, n)
	}
	return nil, wrong(c.src, n.pos, "The expression uses the function %s() in a way that isn't supported in search parameters", n.text)
}

// member goes to a child element.
func (c *compiler) member(cur *path, name string, n *node) (*path, error) {
	field := cur.at.Fields().ByJSONName(name)
	switch {
	case choiceOf(cur.at) != nil:
		return nil, wrong(c.src, n.pos, "The expression must say which type of the choice it means before .%s, as in (x as Quantity).value", name)
	case field == nil, field.Message() == nil, field.ContainingOneof() != nil:
		return nil, wrong(c.src, n.pos, "The expression names an element that %s hasn't got: %s", cur.at.Name(), name)
	case field.Message().FullName() == "google.protobuf.Any", field.Message().Name() == "ContainedResource":
		return nil, wrong(c.src, n.pos, "The expression leads into another resource (%s), which search parameters can't", name)
	}
	s := step{op: stepField, field: field, text: "." + name}
	if field.IsList() {
		s.op = stepList
	}
	cur.steps = append(cur.steps, s)
	cur.at = field.Message()
	return cur, nil
}

// as picks one type of a choice. Elsewhere it changes nothing, and must name the type that is there.
func (c *compiler) as(cur *path, n *node) (*path, error) {
	if choiceOf(cur.at) == nil {
		if !strings.EqualFold(n.text, datatype(cur.at)) {
			return nil, wrong(c.src, n.pos, "The expression takes a %s as a %s, which it never is", datatype(cur.at), n.text)
		}
		return cur, nil
	}
	field := cur.at.Fields().ByJSONName(strings.ToLower(n.text[:1]) + n.text[1:])
	if field == nil {
		return nil, wrong(c.src, n.pos, "The expression takes a choice as a %s, which it can't be", n.text)
	}
	cur.steps = append(cur.steps, step{op: stepField, field: field, text: "[" + field.JSONName() + "]"})
	cur.at = field.Message()
	return cur, nil
}
