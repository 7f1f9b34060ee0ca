package query

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/order"
)

// matches says whether a document matches.
func (n *Node) matches(doc bsoncore.Document) bool {
	each := func(kid *Node) bool { return kid.matches(doc) }
	switch n.Op {
	case And:
		return !slices.ContainsFunc(n.Nodes, func(kid *Node) bool { return !each(kid) })
	case Or:
		return slices.ContainsFunc(n.Nodes, each)
	case Nor, NotOne:
		return !slices.ContainsFunc(n.Nodes, each)
	case Nothing:
		return false
	}
	return walk(doc, n.path, n.intoLast(), n.Test)
}

// intoLast says whether the elements of an array at the end of the path are tested too, besides the array itself.
func (n *Node) intoLast() bool { return n.Op != Size && n.Op != ElemMatch && n.Op != ElemValue }

// walk calls test with what a path leads to, until it says true. In an array on the way every document in it is gone
// into (MongoDB manual, Query an Array of Embedded Documents); at the end, its elements come before the array itself.
// What isn't there is not present, but an array of which no element goes on is nothing at all.
func walk(doc bsoncore.Document, path []string, intoLast bool, test func(v bsoncore.Value, present bool) bool) bool {
	v, ok := order.Field(doc, path[0])
	if !ok {
		return test(v, false)
	}
	last := len(path) == 1
	switch {
	case v.Type == bsoncore.TypeArray && (!last || intoLast):
		for _, element := range order.Elements(v.Data) {
			if last && test(element, true) {
				return true
			}
			if !last && element.Type == bsoncore.TypeEmbeddedDocument && walk(element.Data, path[1:], intoLast, test) {
				return true
			}
		}
		return last && test(v, true)
	case last:
		return test(v, true)
	case v.Type == bsoncore.TypeEmbeddedDocument:
		return walk(v.Data, path[1:], intoLast, test)
	}
	return test(bsoncore.Value{}, false)
}

// Test says whether one value, or that there is none, passes the test that n is, whatever its path.
func (n *Node) Test(v bsoncore.Value, present bool) bool {
	switch n.Op {
	case Exists:
		return present
	case Size:
		return v.Type == bsoncore.TypeArray && (&bsoncore.Iterator{List: v.Data}).Count() == int(n.Size)
	case Type:
		return slices.Contains(n.types, v.Type)
	case Prefix:
		text, ok := v.StringValueOK()
		return ok && strings.HasPrefix(text, n.Text)
	case ElemMatch:
		return anyElement(v, func(element bsoncore.Value) bool {
			return element.Type == bsoncore.TypeEmbeddedDocument && n.Nodes[0].matches(element.Data)
		})
	case ElemValue:
		return anyElement(v, n.Nodes[0].TestElement)
	case Nothing:
		return false
	}
	return n.compares(v, present)
}

func anyElement(v bsoncore.Value, test func(bsoncore.Value) bool) bool {
	if v.Type != bsoncore.TypeArray {
		return false
	}
	for _, element := range order.Elements(v.Data) {
		if test(element) {
			return true
		}
	}
	return false
}

// TestElement tests an element by the operators within an ElemValue: an array in an array is one value.
func (n *Node) TestElement(v bsoncore.Value) bool {
	each := func(kid *Node) bool { return kid.TestElement(v) }
	switch n.Op {
	case And:
		return !slices.ContainsFunc(n.Nodes, func(kid *Node) bool { return !each(kid) })
	case NotOne:
		return !each(n.Nodes[0])
	}
	return n.Test(v, true)
}

// compares is for $eq, $in, $gt, $gte, $lt and $lte; a missing field is null.
func (n *Node) compares(v bsoncore.Value, present bool) bool {
	if !present {
		return n.Holds(order.NullKey)
	}
	return n.Holds(order.Key(v))
}

// Holds says whether a comparison holds of the value that has a key. Values of another class than the operand's are
// neither above nor below it, but for MinKey and MaxKey (MongoDB manual, Type Bracketing).
func (n *Node) Holds(key []byte) bool {
	if n.Op == Eq || n.Op == In {
		_, found := slices.BinarySearchFunc(n.Keys, key, bytes.Compare)
		return found
	}
	operand := n.Keys[0]
	class := order.Class(operand[0])
	switch {
	case bytes.Equal(key, operand):
		return n.Op == Gte || n.Op == Lte
	case order.IsNaN(key) || order.IsNaN(operand), key[0] != operand[0] && class != order.MinKey && class != order.MaxKey:
		return false
	}
	return (bytes.Compare(key, operand) > 0) == (n.Op == Gt || n.Op == Gte)
}
