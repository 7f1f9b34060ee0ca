package update

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
)

// edit changes one value: it gets what is there, or that nothing is, and says what shall be there; no value removes it.
type edit func(old bsoncore.Value, present bool) (value bsoncore.Value, keep bool, err error)

// at applies an edit at a path of a document, and gives the new document. Documents on the way that aren't there are
// made if the edit gives a value; through other values no path leads, which is an error unless the edit is lenient.
func at(doc bsoncore.Document, path []string, lenient bool, change edit) (bsoncore.Document, error) {
	start, out := bsoncore.AppendDocumentStart(make([]byte, 0, len(doc)+64))
	found := false
	for key, v := range order.Fields(doc) {
		if key != path[0] {
			out = bsoncore.AppendValueElement(out, key, v)
			continue
		}
		found = true
		v, keep, err := below(v, true, path, lenient, change)
		if err != nil {
			return nil, err
		}
		if keep {
			out = bsoncore.AppendValueElement(out, key, v)
		}
	}
	if !found {
		v, keep, err := below(bsoncore.Value{}, false, path, lenient, change)
		if err != nil {
			return nil, err
		}
		if keep {
			out = bsoncore.AppendValueElement(out, path[0], v)
		}
	}
	return bsoncore.AppendDocumentEnd(out, start)
}

// below is the new value of the first step of a path.
func below(v bsoncore.Value, present bool, path []string, lenient bool, change edit) (bsoncore.Value, bool, error) {
	if len(path) == 1 {
		return change(v, present)
	}
	if present && v.Type != bsoncore.TypeEmbeddedDocument {
		if lenient {
			return v, true, nil
		}
		return v, true, fail.New(fail.PathNotViable, "Cannot create field %q in element {%s: %s}", path[1], path[0], v)
	}
	if !present {
		v = bsoncore.Value{Type: bsoncore.TypeEmbeddedDocument, Data: bsoncore.NewDocumentBuilder().Build()}
	}
	inner, err := at(v.Data, path[1:], lenient, change)
	if err != nil {
		return v, false, err
	}
	if !present && len(inner) <= bsoncore.EmptyDocumentLength {
		return v, false, nil // nothing was set in it
	}
	return bsoncore.Value{Type: v.Type, Data: inner}, true, nil
}

// collide says whether one of two paths leads through the other.
func collide(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}
