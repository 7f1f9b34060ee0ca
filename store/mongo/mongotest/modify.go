package mongotest

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/update"
)

// modifyArgs are the arguments of findAndModify.
type modifyArgs struct {
	Collection string        `bson:"findAndModify"`
	Query      bson.Raw      `bson:"query"`
	Sort       bson.Raw      `bson:"sort"`
	Remove     bool          `bson:"remove"`
	Update     bson.RawValue `bson:"update"`
	New        bool          `bson:"new"`
	Fields     bson.Raw      `bson:"fields"`
	Upsert     bool          `bson:"upsert"`
	Hint       bson.RawValue `bson:"hint"`
}

func findAndModify(r *request) (bson.D, error) {
	var args modifyArgs
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	if args.Remove == (args.Update.Type != 0) || args.Remove && (args.Upsert || args.New) {
		return nil, fail.New(fail.FailedToParse, "Either an update or remove=true must be specified, and remove with neither upsert nor new")
	}
	return r.once(0, func() (bson.D, error) { return r.modify(&args) })
}

func (r *request) modify(args *modifyArgs) (bson.D, error) {
	q, err := search(args.Query, args.Sort, args.Hint, 1)
	if err != nil {
		return nil, err
	}
	fields, err := projection(args.Fields)
	if err != nil {
		return nil, err
	}
	effectOf, err := args.statement(q)
	if err != nil {
		return nil, err
	}
	var e effect
	err = r.server.engine.Write(r.ctx, r.txn, r.namespace(args.Collection), func(c *engine.Collection) (_ []engine.Change, err error) {
		e, err = effectOf(c)
		return e.changes, err
	})
	if err != nil {
		return nil, err
	}
	last := bson.D{{Key: "n", Value: e.matched}}
	if !args.Remove {
		last = append(last, bson.E{Key: "updatedExisting", Value: e.matched > 0 && e.inserted == nil})
	}
	given := e.before
	if args.New {
		given = e.after
	}
	if e.inserted != nil {
		id, _ := order.Field(e.inserted, "_id")
		last = append(last, bson.E{Key: "upserted", Value: raw(id)})
		if args.New {
			given = e.inserted
		}
	}
	reply := bson.D{{Key: "lastErrorObject", Value: last}, {Key: "value", Value: nil}}
	if given != nil {
		reply[1].Value = bson.Raw(fields.Apply(given))
	}
	return reply, nil
}

// statement is what is done to the collection.
func (args *modifyArgs) statement(q engine.Query) (func(*engine.Collection) (effect, error), error) {
	if args.Remove {
		return func(c *engine.Collection) (e effect, err error) {
			found, err := c.Find(q)
			if err != nil || len(found.Records) == 0 {
				return e, err
			}
			old := found.Records[0]
			return effect{changes: []engine.Change{{Old: old}}, matched: 1, before: old.Doc}, nil
		}, nil
	}
	u, err := update.Parse(core(args.Update))
	return func(c *engine.Collection) (effect, error) { return updating(c, q, u, args.Upsert) }, err
}
