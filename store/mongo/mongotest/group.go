package mongotest

import (
	"bytes"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/update"
)

// expression is a value made of a document; not present if the field it is of isn't there.
type expression func(bsoncore.Document) (bsoncore.Value, bool)

// parseExpression takes "$path" and constants that are no documents.
func parseExpression(v bsoncore.Value) (expression, error) {
	text, isText := v.StringValueOK()
	if dotted, isPath := strings.CutPrefix(text, "$"); isText && isPath {
		path, err := order.Path(dotted)
		return func(doc bsoncore.Document) (bsoncore.Value, bool) {
			found, err := doc.LookupErr(path...)
			return found, err == nil
		}, err
	}
	if v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
		return nil, fail.Refuse("the expression %s", v)
	}
	return func(bsoncore.Document) (bsoncore.Value, bool) { return v, true }, nil
}

// accumulator makes one value of the values of a group.
type accumulator struct {
	name  string
	value expression
	join  func(so, v bsoncore.Value) (bsoncore.Value, error) // so.Type is 0 at first
	none  bsoncore.Value                                     // what a group without values has
}

var (
	zero = bsoncore.Value{Type: bsoncore.TypeInt32, Data: bsoncore.AppendInt32(nil, 0)}
	null = bsoncore.Value{Type: bsoncore.TypeNull}
)

func sum(so, v bsoncore.Value) (bsoncore.Value, error) {
	if so.Type == 0 {
		so = zero
	}
	if order.ClassOf(v) != order.Number {
		return so, nil // it counts for nothing
	}
	return update.Add(so, v)
}

// extreme keeps the value that compares as sign says; null is not compared.
func extreme(sign int) func(so, v bsoncore.Value) (bsoncore.Value, error) {
	return func(so, v bsoncore.Value) (bsoncore.Value, error) {
		if v.Type == bsoncore.TypeNull || so.Type != 0 && bytes.Compare(order.Key(v), order.Key(so)) != sign {
			return so, nil
		}
		return v, nil
	}
}

func parseAccumulator(name string, v bsoncore.Value) (*accumulator, error) {
	a := &accumulator{name: name, none: null}
	doc, ok := v.DocumentOK()
	if !ok {
		return nil, fail.New(fail.BadValue, "The field '%s' must be an accumulator object", name)
	}
	for op, operand := range order.Fields(doc) {
		switch op {
		case "$sum":
			a.join, a.none = sum, zero
		case "$min":
			a.join = extreme(-1)
		case "$max":
			a.join = extreme(1)
		default:
			return nil, fail.Refuse("the accumulator %s", op)
		}
		var err error
		if a.value, err = parseExpression(operand); err != nil {
			return nil, err
		}
	}
	if a.join == nil {
		return nil, fail.New(fail.BadValue, "The field '%s' must specify one accumulator", name)
	}
	return a, nil
}

// group is the values of one _id so far.
type group struct {
	id     bsoncore.Value
	values []bsoncore.Value
}

func groupStage(operand bsoncore.Value) (stage, error) {
	var id expression
	var accumulators []*accumulator
	for name, v := range order.Fields(operand.Data) {
		var err error
		if name == "_id" {
			id, err = parseExpression(v)
		} else {
			var a *accumulator
			a, err = parseAccumulator(name, v)
			accumulators = append(accumulators, a)
		}
		if err != nil {
			return nil, err
		}
	}
	if id == nil {
		return nil, fail.New(fail.BadValue, "a group specification must include an _id")
	}
	return func(docs []bsoncore.Document) ([]bsoncore.Document, error) { return grouped(docs, id, accumulators) }, nil
}

func grouped(docs []bsoncore.Document, id expression, accumulators []*accumulator) ([]bsoncore.Document, error) {
	byKey := map[string]*group{}
	var all []*group
	for _, doc := range docs {
		v, present := id(doc)
		if !present {
			v = null
		}
		g := byKey[string(order.Key(v))]
		if g == nil {
			g = &group{id: v, values: make([]bsoncore.Value, len(accumulators))}
			byKey[string(order.Key(v))] = g
			all = append(all, g)
		}
		for i, a := range accumulators {
			v, present := a.value(doc)
			if !present {
				continue
			}
			var err error
			if g.values[i], err = a.join(g.values[i], v); err != nil {
				return nil, err
			}
		}
	}
	var out []bsoncore.Document
	for _, g := range all {
		fields := bsoncore.AppendValueElement(nil, "_id", g.id)
		for i, a := range accumulators {
			v := g.values[i]
			if v.Type == 0 {
				v = a.none
			}
			fields = bsoncore.AppendValueElement(fields, a.name, v)
		}
		out = append(out, bsoncore.BuildDocument(nil, fields))
	}
	return out, nil
}
