package mongotest

import (
	"bytes"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/update"
)

// tally adds up the outcomes of the statements of a write command.
type tally struct {
	n, modified int32
	upserted    bson.A
	errors      bson.A
}

// statements does n statements one after the other, up to the first that fails if they are ordered. In a transaction a
// conflict fails the command, and any other error ends the transaction (MongoDB manual, Transactions and Errors).
func (r *request) statements(n int, ordered *bool, do func(i int) (bson.D, error)) (*tally, error) {
	t := &tally{}
	for i := range n {
		outcome, err := r.once(i, func() (bson.D, error) { return do(i) })
		var f *fail.Error
		switch {
		case err == nil:
			t.add(int32(i), outcome)
			continue
		case !errors.As(err, &f), f.Code == fail.WriteConflict, f.Code == fail.NoSuchTransaction:
			return nil, err
		}
		e := bson.D{{Key: "index", Value: int32(i)}, {Key: "code", Value: int32(f.Code)}, {Key: "errmsg", Value: f.Text}}
		t.errors = append(t.errors, append(e, f.Extra...))
		if r.inTransaction() {
			r.session.abandon()
			break
		}
		if ordered == nil || *ordered {
			break
		}
	}
	return t, nil
}

func (t *tally) add(index int32, outcome bson.D) {
	for _, field := range outcome {
		switch field.Key {
		case "n":
			t.n += field.Value.(int32)
		case "nModified":
			t.modified += field.Value.(int32)
		case "upserted":
			t.upserted = append(t.upserted, bson.D{{Key: "index", Value: index}, {Key: "_id", Value: field.Value}})
		}
	}
}

func (t *tally) reply() bson.D {
	out := bson.D{{Key: "n", Value: t.n}}
	if t.errors != nil {
		out = append(out, bson.E{Key: "writeErrors", Value: t.errors})
	}
	return out
}

func insert(r *request) (bson.D, error) {
	var args struct {
		Collection string     `bson:"insert"`
		Documents  []bson.Raw `bson:"documents"`
		Ordered    *bool      `bson:"ordered"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	namespace := r.namespace(args.Collection)
	t, err := r.statements(len(args.Documents), args.Ordered, func(i int) (bson.D, error) {
		doc := update.WithID(bsoncore.Document(args.Documents[i]))
		return bson.D{{Key: "n", Value: int32(1)}}, r.server.engine.Write(r.ctx, r.txn, namespace,
			func(*engine.Collection) ([]engine.Change, error) { return []engine.Change{{New: doc}}, nil })
	})
	if err != nil {
		return nil, err
	}
	return t.reply(), nil
}

func remove(r *request) (bson.D, error) {
	var args struct {
		Collection string     `bson:"delete"`
		Deletes    []bson.Raw `bson:"deletes"`
		Ordered    *bool      `bson:"ordered"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	t, err := r.statements(len(args.Deletes), args.Ordered, func(i int) (bson.D, error) {
		return r.removeOne(args.Collection, args.Deletes[i])
	})
	if err != nil {
		return nil, err
	}
	return t.reply(), nil
}

// removeOne is one statement of a delete.
func (r *request) removeOne(collection string, doc bson.Raw) (bson.D, error) {
	var args struct {
		Filter bson.Raw      `bson:"q"`
		Limit  int64         `bson:"limit"`
		Hint   bson.RawValue `bson:"hint"`
	}
	if err := strictly("delete.deletes", doc, &args, false); err != nil {
		return nil, err
	}
	q, err := search(args.Filter, nil, args.Hint, args.Limit)
	if err != nil {
		return nil, err
	}
	n := int32(0)
	err = r.server.engine.Write(r.ctx, r.txn, r.namespace(collection), func(c *engine.Collection) ([]engine.Change, error) {
		found, err := c.Find(q)
		if err != nil {
			return nil, err
		}
		var changes []engine.Change
		for _, old := range found.Records {
			changes = append(changes, engine.Change{Old: old})
		}
		n = int32(len(changes))
		return changes, nil
	})
	return bson.D{{Key: "n", Value: n}}, err
}

func updateCommand(r *request) (bson.D, error) {
	var args struct {
		Collection string     `bson:"update"`
		Updates    []bson.Raw `bson:"updates"`
		Ordered    *bool      `bson:"ordered"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	t, err := r.statements(len(args.Updates), args.Ordered, func(i int) (bson.D, error) {
		return r.updateOne(args.Collection, args.Updates[i])
	})
	if err != nil {
		return nil, err
	}
	reply := append(t.reply(), bson.E{Key: "nModified", Value: t.modified})
	if t.upserted != nil {
		reply = append(reply, bson.E{Key: "upserted", Value: t.upserted})
	}
	return reply, nil
}

// updateOne is one statement of an update.
func (r *request) updateOne(collection string, doc bson.Raw) (bson.D, error) {
	var args struct {
		Filter bson.Raw      `bson:"q"`
		Update bson.RawValue `bson:"u"`
		Multi  bool          `bson:"multi"`
		Upsert bool          `bson:"upsert"`
		Sort   bson.Raw      `bson:"sort"`
		Hint   bson.RawValue `bson:"hint"`
	}
	if err := strictly("update.updates", doc, &args, false); err != nil {
		return nil, err
	}
	limit := int64(1)
	if args.Multi {
		limit = 0
	}
	q, err := search(args.Filter, args.Sort, args.Hint, limit)
	if err != nil {
		return nil, err
	}
	u, err := update.Parse(core(args.Update))
	if err != nil {
		return nil, err
	}
	if u.IsReplacement() && args.Multi {
		return nil, fail.New(fail.FailedToParse, "multi update is not supported for replacement-style update")
	}
	var e effect
	err = r.server.engine.Write(r.ctx, r.txn, r.namespace(collection), func(c *engine.Collection) (_ []engine.Change, err error) {
		e, err = updating(c, q, u, args.Upsert)
		return e.changes, err
	})
	if err != nil {
		return nil, err
	}
	outcome := bson.D{{Key: "n", Value: e.matched}, {Key: "nModified", Value: e.modified}}
	if e.inserted != nil {
		id, _ := order.Field(e.inserted, "_id")
		outcome = append(outcome, bson.E{Key: "upserted", Value: raw(id)})
	}
	return outcome, nil
}

// effect is what an update does.
type effect struct {
	changes           []engine.Change
	matched, modified int32
	before, after     bsoncore.Document // of the first that matched
	inserted          bsoncore.Document // by an upsert
}

// updating finds what an update does. What stays the same is no change.
func updating(c *engine.Collection, q engine.Query, u *update.Update, upsert bool) (e effect, err error) {
	found, err := c.Find(q)
	if err != nil {
		return e, err
	}
	for i, old := range found.Records {
		now, err := u.Apply(old.Doc)
		if err != nil {
			return effect{}, err
		}
		if i == 0 {
			e.before, e.after = old.Doc, now
		}
		e.matched++
		if !bytes.Equal(old.Doc, now) {
			e.modified++
			e.changes = append(e.changes, engine.Change{Old: old, New: now})
		}
	}
	if e.matched == 0 && upsert {
		e.matched = 1
		e.inserted, err = u.Insert(q.Filter.Equals)
		e.changes = []engine.Change{{New: e.inserted}}
	}
	return e, err
}

func core(v bson.RawValue) bsoncore.Value {
	return bsoncore.Value{Type: bsoncore.Type(v.Type), Data: v.Value}
}

func raw(v bsoncore.Value) bson.RawValue {
	return bson.RawValue{Type: bson.Type(v.Type), Value: v.Data}
}
