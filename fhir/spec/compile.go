package spec

import (
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
	"frontdesk/fhir/path"
)

// The bounds of an expression: R4's longest has 2,960 characters.
const (
	maxExpression = 4 << 10
	maxPaths      = 256 // of the union that it may be
)

// wrong is the error of an expression: what is wrong at which character, counted from 1.
func wrong(src string, pos int, format string, args ...any) *fhir.Error {
	place := (&path.Error{Source: src, Pos: pos}).Place()
	return fhir.Errorf(fhir.Invalid, "SearchParameter.expression", format+"%s", append(args, place)...)
}

// parse gives the syntax tree of an expression. Its text may be hostile.
func parse(src string) (*path.Node, error) {
	if len(src) > maxExpression {
		return nil, wrong(src, maxExpression, "The expression is too long: at most %d characters are allowed", maxExpression)
	}
	n, err := path.Parse(src)
	if err != nil {
		text := err.Error()
		return nil, fhir.Errorf(fhir.Invalid, "SearchParameter.expression", "%s", strings.ToUpper(text[:1])+text[1:])
	}
	return n, nil
}

// compiler makes a program for values of type root.
type compiler struct {
	src   string
	root  *model.Type
	paths []route
	used  []string // the alternatives that are about root
}

// compile makes the program of an expression for values of type root, and gives that part of the expression which is
// about it: search parameters of several types list their alternatives for all of them (R4 SearchParameter.expression).
func compile(root *model.Type, src string) ([]route, string, error) {
	tree, err := parse(src)
	if err != nil {
		return nil, "", err
	}
	c := &compiler{src: src, root: root}
	if err := c.union(tree); err != nil {
		return nil, "", err
	}
	if len(c.paths) == 0 {
		return nil, "", wrong(src, 0, "The expression selects nothing of %s: begin a part of it with %[1]s.", root.Name)
	}
	return c.paths, strings.Join(c.used, " | "), nil
}

// union compiles every alternative.
func (c *compiler) union(n *path.Node) error {
	if binary(n, "|") {
		if err := c.union(n.Args[0]); err != nil {
			return err
		}
		return c.union(n.Args[1])
	}
	cur, err := c.alternative(n)
	if err != nil || cur == nil {
		return err
	}
	if cur.settle(); len(c.paths) == maxPaths {
		return wrong(c.src, n.Pos, "The expression has too many alternatives: at most %d are allowed", maxPaths)
	}
	cur.finish()
	c.paths = append(c.paths, *cur)
	c.used = append(c.used, c.src[n.Pos:n.End])
	return nil
}

// binary says whether a node is one of the operators.
func binary(n *path.Node, operators ...string) bool {
	return n.Op == path.Binary && slices.Contains(operators, n.Text)
}

// settle takes what is in the choice, if the path ends at one. Then at stays nil: it may be of several types.
func (r *route) settle() {
	if r.choice != nil {
		oneof := r.choice.Members[0].Field.ContainingOneof()
		r.steps = append(r.steps, step{op: stepChoice, oneof: oneof, text: "[x]"})
	}
}

// alternative is a path, or a boolean expression; nil if it is about another type.
func (c *compiler) alternative(n *path.Node) (*route, error) {
	if !binary(n, "and", "=", "!=") && (n.Op != path.Call || n.Text != "exists") {
		return c.follow(n)
	}
	cur := &route{root: c.root, at: c.root}
	conditions, err := c.conditions(cur, n)
	if err != nil {
		return nil, err
	}
	cur.at = model.R4().Type("boolean")
	cur.steps = []step{{op: stepTruth, conditions: conditions, text: c.src[n.Pos:n.End]}}
	return cur, nil
}

// follow compiles a path from its beginning; nil if it begins at another type.
func (c *compiler) follow(n *path.Node) (*route, error) {
	if n.Op == path.This {
		return &route{root: c.root, at: c.root}, nil
	}
	if n.Op == path.Index {
		return nil, wrong(c.src, n.On.End, "The expression takes an item by its index, which search parameters can't")
	}
	if n.Op != path.Name && n.Op != path.Call && n.Op != path.As {
		return nil, wrong(c.src, n.Pos, "The expression has something here that isn't supported in search parameters; write a path")
	}
	if n.On == nil {
		if n.Op == path.Name && n.Text[0] < 'a' {
			return c.start(n)
		}
		return c.hop(&route{root: c.root, at: c.root}, n)
	}
	cur, err := c.follow(n.On)
	if err != nil || cur == nil {
		return nil, err
	}
	return c.hop(cur, n)
}

// start is at the root, if the type n names is the root's, or one it specializes.
func (c *compiler) start(n *path.Node) (*route, error) {
	t := model.R4().Type(n.Text)
	switch {
	case t == nil || t.Kind != model.Resource && n.Text != "Resource" && n.Text != "DomainResource" && t != c.root:
		return nil, wrong(c.src, n.Pos, "The expression names a type that R4 hasn't got: %s", n.Text)
	case c.root.Is(t):
		return &route{root: c.root, at: c.root}, nil
	}
	return nil, nil
}

// hop compiles the last part of n, from where the rest of it led.
func (c *compiler) hop(cur *route, n *path.Node) (*route, error) {
	switch {
	case n.Op == path.Name:
		return c.member(cur, n.Text, n)
	case n.Op == path.As:
		return c.as(cur, n, n.Text)
	case n.Text == "as" || n.Text == "ofType":
		return c.as(cur, n, n.Of)
	case n.Calls("where", 1):
		arg := n.Args[0]
		conditions, err := c.conditions(cur, arg)
		cur.steps = append(cur.steps, step{op: stepWhere, conditions: conditions, text: "{" + c.src[arg.Pos:arg.End] + "}"})
		return cur, err
	case n.Calls("extension", 1) && n.Args[0].Op == path.String:
		return c.extension(cur, n)
	}
	return nil, wrong(c.src, n.Pos, "The expression uses the function %s() in a way that isn't supported in search parameters", n.Text)
}

// member goes to a child element.
func (c *compiler) member(cur *route, name string, n *path.Node) (*route, error) {
	if cur.choice != nil {
		return nil, wrong(c.src, n.Pos, "The expression must say which type of the choice it means before .%s, as in (x as Quantity).value", name)
	}
	e := cur.at.Element(name)
	switch {
	case e == nil, e.Field.ContainingOneof() != nil: // of a Reference, whose own text tells less than what it is compared by
		return nil, wrong(c.src, n.Pos, "The expression names an element that %s hasn't got: %s", cur.at.Name, name)
	case e.Type() != nil && e.Type().Kind == model.Abstract:
		return nil, wrong(c.src, n.Pos, "The expression leads into another resource (%s), which search parameters can't", name)
	}
	s := step{op: stepField, field: e.Field, text: "." + name}
	if e.Repeated {
		s.op = stepList
	}
	cur.steps = append(cur.steps, s)
	if cur.at = e.Type(); e.Choice {
		cur.at, cur.choice = nil, e
	}
	return cur, nil
}

// as picks one type of a choice. Elsewhere it changes nothing, and must name the type that is there.
func (c *compiler) as(cur *route, n *path.Node, typ string) (*route, error) {
	typ = typ[strings.LastIndexByte(typ, '.')+1:]
	if cur.choice == nil {
		if !strings.EqualFold(typ, cur.at.Name) {
			return nil, wrong(c.src, n.Pos, "The expression takes a %s as a %s, which it never is", cur.at.Name, typ)
		}
		return cur, nil
	}
	m := cur.choice.As(typ)
	if m == nil {
		return nil, wrong(c.src, n.Pos, "The expression takes a choice as a %s, which it can't be", typ)
	}
	cur.steps = append(cur.steps, step{op: stepField, field: m.Field, text: "[" + m.Field.JSONName() + "]"})
	cur.at, cur.choice = m.Type, nil
	return cur, nil
}
