package update

import (
	"bytes"
	"math"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

// operators are the update operators there are: each makes an edit of its operand.
var operators = map[string]func(operand bsoncore.Value) (edit, error){
	"$set":         func(v bsoncore.Value) (edit, error) { return set(v), nil },
	"$setOnInsert": func(v bsoncore.Value) (edit, error) { return set(v), nil },
	"$unset": func(bsoncore.Value) (edit, error) {
		return func(old bsoncore.Value, _ bool) (bsoncore.Value, bool, error) { return old, false, nil }, nil
	},
	"$inc":  inc,
	"$max":  greatest,
	"$push": push,
	"$pull": pull,
}

func set(v bsoncore.Value) edit {
	return func(bsoncore.Value, bool) (bsoncore.Value, bool, error) { return v, true, nil }
}

func inc(by bsoncore.Value) (edit, error) {
	if order.ClassOf(by) != order.Number {
		return nil, fail.New(fail.TypeMismatch, "Cannot increment with non-numeric argument: %s", by)
	}
	return func(old bsoncore.Value, present bool) (bsoncore.Value, bool, error) {
		if !present {
			return by, true, nil
		}
		if order.ClassOf(old) != order.Number {
			return old, true, fail.New(fail.TypeMismatch, "Cannot apply $inc to a value of non-numeric type %s", old.Type)
		}
		sum, err := Add(old, by)
		return sum, true, err
	}, nil
}

// Add is the sum of two numbers. It keeps the wider of their types; a 32-bit sum that does not fit becomes a 64-bit
// one, a 64-bit one that does not is an error.
func Add(a, b bsoncore.Value) (bsoncore.Value, error) {
	if a.Type == bsoncore.TypeDouble || b.Type == bsoncore.TypeDouble {
		x, _ := a.AsFloat64OK()
		y, _ := b.AsFloat64OK()
		return bsoncore.Value{Type: bsoncore.TypeDouble, Data: bsoncore.AppendDouble(nil, x+y)}, nil
	}
	x, y := a.AsInt64(), b.AsInt64()
	sum := x + y
	if (sum > x) != (y > 0) && y != 0 {
		return a, fail.New(fail.BadValue, "Failed to apply $inc operations to current value (%d): overflow", x)
	}
	if a.Type == bsoncore.TypeInt32 && b.Type == bsoncore.TypeInt32 && sum >= math.MinInt32 && sum <= math.MaxInt32 {
		return bsoncore.Value{Type: bsoncore.TypeInt32, Data: bsoncore.AppendInt32(nil, int32(sum))}, nil
	}
	return bsoncore.Value{Type: bsoncore.TypeInt64, Data: bsoncore.AppendInt64(nil, sum)}, nil
}

func greatest(v bsoncore.Value) (edit, error) {
	return func(old bsoncore.Value, present bool) (bsoncore.Value, bool, error) {
		if present && bytes.Compare(order.Key(old), order.Key(v)) >= 0 {
			return old, true, nil
		}
		return v, true, nil
	}, nil
}

// push appends one value, or with $each several. Other modifiers are refused.
func push(operand bsoncore.Value) (edit, error) {
	added := []bsoncore.Value{operand}
	if operand.Type == bsoncore.TypeEmbeddedDocument {
		for key, v := range order.Fields(operand.Data) {
			switch {
			case key == "$each" && v.Type == bsoncore.TypeArray:
				added = added[:0]
				for _, element := range order.Elements(v.Data) {
					added = append(added, element)
				}
			case key[:min(1, len(key))] == "$":
				return nil, fail.Refuse("%s in $push", key)
			}
		}
	}
	return func(old bsoncore.Value, present bool) (bsoncore.Value, bool, error) {
		if present && old.Type != bsoncore.TypeArray {
			return old, true, fail.New(fail.BadValue, "The field must be an array but is of type %s", old.Type)
		}
		return array(old, func(bsoncore.Value) bool { return true }, added), true, nil
	}, nil
}

// pull removes the elements that equal a value, or that match a filter if it is a document: of the fields of an element
// if it has no operators, else of the element itself.
func pull(operand bsoncore.Value) (edit, error) {
	doc := bsoncore.BuildDocument(nil, bsoncore.BuildDocumentElement(nil, "e", bsoncore.AppendValueElement(nil, "$elemMatch", operand)))
	if operand.Type != bsoncore.TypeEmbeddedDocument {
		doc = bsoncore.BuildDocument(nil, bsoncore.AppendValueElement(nil, "e", operand))
	}
	filter, err := query.Parse(doc)
	if err != nil {
		return nil, err
	}
	return func(old bsoncore.Value, present bool) (bsoncore.Value, bool, error) {
		if !present {
			return old, false, nil
		}
		if old.Type != bsoncore.TypeArray {
			return old, true, fail.New(fail.BadValue, "Cannot apply $pull to a non-array value")
		}
		return array(old, func(element bsoncore.Value) bool {
			alone := bsoncore.BuildDocument(nil, bsoncore.BuildArrayElement(nil, "e", element))
			return !filter.Match(alone)
		}, nil), true, nil
	}, nil
}

// array is an array with those elements of another that are kept, and those added.
func array(old bsoncore.Value, keep func(bsoncore.Value) bool, added []bsoncore.Value) bsoncore.Value {
	builder := bsoncore.NewArrayBuilder()
	if old.Type == bsoncore.TypeArray {
		for _, element := range order.Elements(old.Data) {
			if keep(element) {
				builder.AppendValue(element)
			}
		}
	}
	for _, v := range added {
		builder.AppendValue(v)
	}
	return bsoncore.Value{Type: bsoncore.TypeArray, Data: builder.Build()}
}
