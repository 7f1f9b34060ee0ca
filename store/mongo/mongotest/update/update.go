package update

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

// Update is what is done to a document.
type Update struct {
	replacement bsoncore.Document // nil if there are operators
	steps       []step
}

// step is one path of one operator.
type step struct {
	dotted   string
	path     []string
	change   edit
	lenient  bool // a path that doesn't lead anywhere is nothing to do
	onInsert bool
}

// Parse reads an update: a document of operators, or a replacement. Pipelines are refused.
func Parse(v bsoncore.Value) (*Update, error) {
	if v.Type != bsoncore.TypeEmbeddedDocument {
		return nil, fail.Refuse("updates by a %s", v.Type)
	}
	u := &Update{}
	for key, operand := range order.Fields(v.Data) {
		if !strings.HasPrefix(key, "$") {
			if u.steps != nil {
				return nil, fail.New(fail.FailedToParse, "Unknown modifier: %s", key)
			}
			u.replacement = v.Data
			return u, order.Check(v.Data)
		}
		if err := u.operator(key, operand); err != nil {
			return nil, err
		}
	}
	if u.steps == nil {
		u.replacement = v.Data
	}
	// Fields that are new come in the order of their names (MongoDB manual, Update Operators Behavior).
	slices.SortStableFunc(u.steps, func(a, b step) int { return strings.Compare(a.dotted, b.dotted) })
	for i, s := range u.steps {
		for _, other := range u.steps[i+1:] {
			if collide(s.dotted, other.dotted) {
				return nil, fail.New(fail.ConflictingUpdateOperators,
					"Updating the path '%s' would create a conflict at '%s'", other.dotted, s.dotted)
			}
		}
	}
	return u, nil
}

func (u *Update) operator(key string, operand bsoncore.Value) error {
	build, known := operators[key]
	if !known {
		return fail.Refuse("the update operator %s", key)
	}
	if operand.Type != bsoncore.TypeEmbeddedDocument {
		return fail.New(fail.FailedToParse, "Modifiers operate on fields but we found type %s instead", operand.Type)
	}
	for dotted, v := range order.Fields(operand.Data) {
		path, err := order.Path(dotted)
		if err != nil {
			return err
		}
		if err := order.CheckValue(v); err != nil {
			return err
		}
		change, err := build(v)
		if err != nil {
			return err
		}
		u.steps = append(u.steps, step{dotted: dotted, path: path, change: change,
			lenient: key == "$unset" || key == "$pull", onInsert: key == "$setOnInsert"})
	}
	return nil
}

// IsReplacement says whether the update replaces the document, which only one document at a time can be.
func (u *Update) IsReplacement() bool { return u.replacement != nil }

// Apply is the document after the update.
func (u *Update) Apply(doc bsoncore.Document) (bsoncore.Document, error) {
	if u.IsReplacement() {
		id, _ := order.Field(doc, "_id")
		return sameID(doc, withID(u.replacement, id))
	}
	out, err := u.run(doc, false)
	if err != nil {
		return nil, err
	}
	return sameID(doc, out)
}

func (u *Update) run(doc bsoncore.Document, inserting bool) (bsoncore.Document, error) {
	var err error
	for _, s := range u.steps {
		if s.onInsert && !inserting {
			continue
		}
		if doc, err = at(doc, s.path, s.lenient, s.change); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

func sameID(before, after bsoncore.Document) (bsoncore.Document, error) {
	old, _ := order.Field(before, "_id")
	if id, ok := order.Field(after, "_id"); !ok || id.Type != old.Type || !bytes.Equal(id.Data, old.Data) {
		return nil, fail.New(fail.ImmutableField,
			"Performing an update on the path '_id' would modify the immutable field '_id'")
	}
	return after, nil
}

// Insert is the document that an upsert inserts: what the filter says is equal, changed by the update.
func (u *Update) Insert(equals []query.Value) (bsoncore.Document, error) {
	doc := bsoncore.NewDocumentBuilder().Build()
	for _, e := range equals {
		if u.IsReplacement() && e.Path != "_id" {
			continue
		}
		path, err := order.Path(e.Path)
		if err != nil {
			return nil, err
		}
		if doc, err = at(doc, path, false, set(e.Value)); err != nil {
			return nil, err
		}
	}
	if u.IsReplacement() {
		id, named := order.Field(doc, "_id")
		own, has := order.Field(u.replacement, "_id")
		if named && has && !bytes.Equal(order.Key(id), order.Key(own)) {
			return nil, fail.New(fail.ImmutableField, "The _id of the replacement is not that of the filter")
		}
		return WithID(withID(u.replacement, id)), nil
	}
	doc, err := u.run(doc, true)
	return WithID(doc), err
}

// WithID is the document with _id in front: its own, or a new ObjectID.
func WithID(doc bsoncore.Document) bsoncore.Document {
	id, ok := order.Field(doc, "_id")
	if !ok {
		fresh := bson.NewObjectID()
		id = bsoncore.Value{Type: bsoncore.TypeObjectID, Data: fresh[:]}
	}
	return withID(doc, id)
}

// withID is the document with _id in front: its own if it has one, else the one given, unless that is none.
func withID(doc bsoncore.Document, id bsoncore.Value) bsoncore.Document {
	if own, ok := order.Field(doc, "_id"); ok {
		id = own
	}
	start, out := bsoncore.AppendDocumentStart(make([]byte, 0, len(doc)+32))
	if id.Type != 0 {
		out = bsoncore.AppendValueElement(out, "_id", id)
	}
	for key, v := range order.Fields(doc) {
		if key != "_id" {
			out = bsoncore.AppendValueElement(out, key, v)
		}
	}
	out, _ = bsoncore.AppendDocumentEnd(out, start)
	return out
}
