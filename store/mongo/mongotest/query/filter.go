package query

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// Op is what a Node does.
type Op string

// The operators. NotOne is $not and all that is defined as the negation of another: $ne, $nin, $exists: false.
const (
	And       Op = "$and"
	Or        Op = "$or"
	Nor       Op = "$nor"
	NotOne    Op = "$not"
	Eq        Op = "$eq"
	Gt        Op = "$gt"
	Gte       Op = "$gte"
	Lt        Op = "$lt"
	Lte       Op = "$lte"
	In        Op = "$in"
	Exists    Op = "$exists"
	Size      Op = "$size"
	Type      Op = "$type"
	Prefix    Op = "$regex"     // an anchored literal
	ElemMatch Op = "$elemMatch" // of an element that is a document; Nodes holds its filter
	ElemValue Op = "elemValue"  // $elemMatch of an element that is any value; Nodes test it
	Nothing   Op = "nothing"    // $all of no values
)

// Node is a part of a parsed filter.
type Node struct {
	Op    Op
	Path  string  // of a test; "" in And, Or, Nor and NotOne, and in what tests the elements of an ElemValue
	Nodes []*Node // what And, Or, Nor, NotOne, ElemMatch and ElemValue combine
	Keys  [][]byte
	Text  string // of a Prefix
	Size  int64

	path  []string
	types []bsoncore.Type
}

// Value is the operand of Eq that was given, for upserts, which take fields from it.
type Value struct {
	Path  string
	Value bsoncore.Value
}

// Filter is a parsed filter.
type Filter struct {
	Root   *Node
	Equals []Value // the equalities that hold of everything that matches
}

// Match says whether a document matches.
func (f *Filter) Match(doc bsoncore.Document) bool { return f.Root.matches(doc) }
