package order

import (
	"iter"
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
)

// Fields goes through the fields of a document without copying. What is no document has none.
func Fields(doc bsoncore.Document) iter.Seq2[string, bsoncore.Value] {
	return func(yield func(string, bsoncore.Value) bool) {
		for rest := doc[min(4, len(doc)):]; len(rest) > 1; {
			element, after, ok := bsoncore.ReadElement(rest)
			if !ok || !yield(element.Key(), element.Value()) {
				return
			}
			rest = after
		}
	}
}

// Elements goes through the elements of an array.
func Elements(array bsoncore.Document) iter.Seq2[int, bsoncore.Value] {
	return func(yield func(int, bsoncore.Value) bool) {
		i := 0
		for _, v := range Fields(array) {
			if !yield(i, v) {
				return
			}
			i++
		}
	}
}

// Field is a field of a document.
func Field(doc bsoncore.Document, key string) (v bsoncore.Value, ok bool) {
	for name, value := range Fields(doc) {
		if name == key {
			return value, true
		}
	}
	return bsoncore.Value{}, false
}

// Path splits a dotted path. Paths with positions in arrays are refused.
func Path(dotted string) ([]string, error) {
	path := strings.Split(dotted, ".")
	for _, step := range path {
		if step == "" {
			return nil, fail.New(fail.BadValue, "the path %q has an empty step", dotted)
		}
		if strings.Trim(step, "0123456789") == "" || step[0] == '$' {
			return nil, fail.Refuse("the step %q of the path %q", step, dotted)
		}
	}
	return path, nil
}
