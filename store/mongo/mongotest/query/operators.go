package query

import (
	"bytes"
	"regexp/syntax"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
)

// operator parses one operator of a path.
func (p place) operator(key string, v bsoncore.Value) (*Node, error) {
	switch key {
	case "$eq":
		return p.equal(v)
	case "$gt", "$gte", "$lt", "$lte":
		return p.compare(Op(key), v)
	case "$ne":
		return negated(p.within().compare(Eq, v))
	case "$in":
		return p.in(v)
	case "$nin":
		return negated(p.within().in(v))
	case "$not":
		if !isOperators(v) {
			return nil, fail.New(fail.BadValue, "$not needs a document of operators")
		}
		return negated(p.within().operators(v.Data))
	case "$exists":
		return p.exists(v)
	case "$size":
		return p.size(v)
	case "$type":
		return p.oneOfTypes(v)
	case "$regex":
		return p.regex(v)
	case "$all":
		return p.all(v)
	case "$elemMatch":
		return p.elemMatch(v)
	}
	return nil, fail.Refuse("the query operator %s", key)
}

func negated(n *Node, err error) (*Node, error) {
	if err != nil {
		return nil, err
	}
	return &Node{Op: NotOne, Nodes: []*Node{n}}, nil
}

func (p place) in(v bsoncore.Value) (*Node, error) {
	if v.Type != bsoncore.TypeArray {
		return nil, fail.New(fail.BadValue, "$in needs an array")
	}
	n := p.node(In)
	for _, element := range order.Elements(v.Data) {
		one, err := p.compare(Eq, element)
		if err != nil {
			return nil, err
		}
		n.Keys = append(n.Keys, one.Keys[0])
	}
	slices.SortFunc(n.Keys, bytes.Compare)
	n.Keys = slices.CompactFunc(n.Keys, bytes.Equal)
	return n, nil
}

func (p place) exists(v bsoncore.Value) (*Node, error) {
	wanted, ok := v.BooleanOK()
	if number, isNumber := v.AsInt64OK(); isNumber {
		wanted, ok = number != 0, true
	}
	switch {
	case !ok:
		return nil, fail.Refuse("$exists with a %s", v.Type)
	case wanted:
		return p.node(Exists), nil
	}
	return negated(p.node(Exists), nil)
}

func (p place) size(v bsoncore.Value) (*Node, error) {
	size, ok := v.AsInt64OK()
	if !ok || size < 0 {
		return nil, fail.New(fail.BadValue, "$size must be a whole number that is not negative")
	}
	n := p.node(Size)
	n.Size = size
	return n, nil
}

// typeNames are the types that $type is implemented for, by the names and the numbers it may have for them.
var typeNames = map[string]bsoncore.Type{"null": bsoncore.TypeNull, "array": bsoncore.TypeArray, "string": bsoncore.TypeString,
	"object": bsoncore.TypeEmbeddedDocument, "bool": bsoncore.TypeBoolean, "date": bsoncore.TypeDateTime}

func (p place) oneOfTypes(v bsoncore.Value) (*Node, error) {
	n := p.node(Type)
	if number, ok := v.AsInt64OK(); ok {
		for _, known := range typeNames {
			if int64(known) == number {
				n.types = append(n.types, known)
			}
		}
	}
	if name, ok := v.StringValueOK(); ok && typeNames[name] != 0 {
		n.types = append(n.types, typeNames[name])
	}
	if n.types == nil {
		return nil, fail.Refuse("$type with %s", v)
	}
	return n, nil
}

// regex takes ^ and a literal, which an index serves, and refuses every other pattern.
func (p place) regex(v bsoncore.Value) (*Node, error) {
	pattern, options, ok := v.RegexOK()
	if !ok {
		pattern, ok = v.StringValueOK()
	}
	if !ok || options != "" {
		return nil, fail.Refuse("$regex with options, or with a %s", v.Type)
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, fail.New(fail.BadValue, "$regex: %v", err)
	}
	n := p.node(Prefix)
	if parsed.Op != syntax.OpConcat || len(parsed.Sub) != 2 || parsed.Sub[0].Op != syntax.OpBeginText ||
		parsed.Sub[1].Op != syntax.OpLiteral || parsed.Sub[1].Flags&syntax.FoldCase != 0 {
		return nil, fail.Refuse("the regular expression %q: only ^ and a literal are taken", pattern)
	}
	n.Text = string(parsed.Sub[1].Rune)
	return n, nil
}

func (p place) all(v bsoncore.Value) (*Node, error) {
	if v.Type != bsoncore.TypeArray {
		return nil, fail.New(fail.BadValue, "$all needs an array")
	}
	all := &Node{Op: And}
	for _, element := range order.Elements(v.Data) {
		parse := p.equal
		if isOperators(element) {
			parse = func(v bsoncore.Value) (*Node, error) { return p.within().operators(v.Data) }
		}
		n, err := parse(element)
		if err != nil {
			return nil, err
		}
		all.Nodes = append(all.Nodes, n)
	}
	if len(all.Nodes) == 0 {
		return p.node(Nothing), nil
	}
	return all, nil
}

func (p place) elemMatch(v bsoncore.Value) (*Node, error) {
	if v.Type != bsoncore.TypeEmbeddedDocument {
		return nil, fail.New(fail.BadValue, "$elemMatch needs an Object")
	}
	n := p.node(ElemMatch)
	first := ""
	for key := range order.Fields(v.Data) {
		first = key
		break
	}
	var inner *Node
	var err error
	if isOperators(v) && first != "$and" && first != "$or" && first != "$nor" {
		n.Op = ElemValue
		inner, err = place{}.operators(v.Data)
	} else {
		inner, err = (&Filter{}).document(v.Data)
	}
	n.Nodes = []*Node{inner}
	return n, err
}
