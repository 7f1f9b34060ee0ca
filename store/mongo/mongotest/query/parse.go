package query

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
)

// empty is the filter that a command without one has.
var empty = bsoncore.NewDocumentBuilder().Build()

// Parse reads a filter; nil matches everything.
func Parse(doc bsoncore.Document) (*Filter, error) {
	if doc == nil {
		doc = empty
	}
	f := &Filter{}
	root, err := f.document(doc)
	f.Root = root
	return f, err
}

// document parses what holds of a whole document.
func (f *Filter) document(doc bsoncore.Document) (*Node, error) {
	all := &Node{Op: And}
	for key, v := range order.Fields(doc) {
		var n *Node
		var err error
		switch {
		case key == "$and" || key == "$or" || key == "$nor":
			n, err = f.junction(Op(key), v)
		case strings.HasPrefix(key, "$"):
			err = fail.Refuse("the query operator %s", key)
		default:
			n, err = f.field(key, v)
		}
		if err != nil {
			return nil, err
		}
		all.Nodes = append(all.Nodes, n)
	}
	if len(all.Nodes) == 1 {
		return all.Nodes[0], nil
	}
	return all, nil
}

func (f *Filter) junction(op Op, v bsoncore.Value) (*Node, error) {
	if v.Type != bsoncore.TypeArray || len(v.Data) <= bsoncore.EmptyDocumentLength {
		return nil, fail.New(fail.BadValue, "%s must be a nonempty array", op)
	}
	inner := f
	if op != And {
		inner = &Filter{} // what holds in a branch doesn't hold of every match
	}
	n := &Node{Op: op}
	for _, element := range order.Elements(v.Data) {
		if element.Type != bsoncore.TypeEmbeddedDocument {
			return nil, fail.New(fail.BadValue, "%s entries need to be full objects", op)
		}
		kid, err := inner.document(element.Data)
		if err != nil {
			return nil, err
		}
		n.Nodes = append(n.Nodes, kid)
	}
	return n, nil
}

// field parses what is asked of one path: a document of operators, or a value that it must equal.
func (f *Filter) field(dotted string, v bsoncore.Value) (*Node, error) {
	path, err := order.Path(dotted)
	if err != nil {
		return nil, err
	}
	at := place{filter: f, Path: dotted, path: path}
	switch {
	case v.Type == bsoncore.TypeRegex:
		return at.regex(v)
	case isOperators(v):
		return at.operators(v.Data)
	}
	return at.equal(v)
}

// isOperators says whether a value is a document whose first field is an operator.
func isOperators(v bsoncore.Value) bool {
	if v.Type != bsoncore.TypeEmbeddedDocument {
		return false
	}
	for key := range order.Fields(v.Data) {
		return strings.HasPrefix(key, "$")
	}
	return false
}

// place is the path whose operators are being parsed; an empty one is an element of an array.
type place struct {
	filter *Filter // where equalities are noted; nil where they don't hold of every match
	Path   string
	path   []string
}

// within is the place where nothing is noted for upserts.
func (p place) within() place { p.filter = nil; return p }

func (p place) node(op Op) *Node { return &Node{Op: op, Path: p.Path, path: p.path} }

func (p place) operators(doc bsoncore.Document) (*Node, error) {
	all := &Node{Op: And}
	for key, v := range order.Fields(doc) {
		n, err := p.operator(key, v)
		if err != nil {
			return nil, err
		}
		all.Nodes = append(all.Nodes, n)
	}
	if len(all.Nodes) == 1 {
		return all.Nodes[0], nil
	}
	return all, nil
}

func (p place) equal(v bsoncore.Value) (*Node, error) {
	if p.filter != nil {
		p.filter.Equals = append(p.filter.Equals, Value{p.Path, v})
	}
	return p.compare(Eq, v)
}

func (p place) compare(op Op, v bsoncore.Value) (*Node, error) {
	if v.Type == bsoncore.TypeRegex {
		return nil, fail.Refuse("%s with a regular expression", op)
	}
	if err := order.CheckValue(v); err != nil {
		return nil, err
	}
	n := p.node(op)
	n.Keys = [][]byte{order.Key(v)}
	return n, nil
}
