package mongotest

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

// findArgs are the arguments of find.
type findArgs struct {
	Collection  string        `bson:"find"`
	Filter      bson.Raw      `bson:"filter"`
	Sort        bson.Raw      `bson:"sort"`
	Projection  bson.Raw      `bson:"projection"`
	Hint        bson.RawValue `bson:"hint"`
	Limit       int64         `bson:"limit"`
	BatchSize   *int64        `bson:"batchSize"`
	SingleBatch bool          `bson:"singleBatch"`
	Disk        bool          `bson:"allowDiskUse"` // nothing is sorted on disk here
}

// search is what a filter, a sort and so on make together.
func search(filter, sort bson.Raw, hint bson.RawValue, limit int64) (engine.Query, error) {
	q := engine.Query{Limit: int(limit), Hint: core(hint)}
	if limit < 0 {
		return q, fail.New(fail.BadValue, "limit must not be negative")
	}
	parsed, err := query.Parse(bsoncore.Document(filter))
	if err != nil {
		return q, err
	}
	q.Filter = parsed
	if sort != nil {
		q.Sort, err = order.ParsePattern(bsoncore.Document(sort))
	}
	return q, err
}

func projection(doc bson.Raw) (*query.Projection, error) {
	if doc == nil {
		return nil, nil
	}
	return query.ParseProjection(bsoncore.Document(doc))
}

func find(r *request) (bson.D, error) {
	var args findArgs
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	q, err := search(args.Filter, args.Sort, args.Hint, args.Limit)
	if err != nil {
		return nil, err
	}
	fields, err := projection(args.Projection)
	if err != nil {
		return nil, err
	}
	found, err := r.find(args.Collection, q)
	if err != nil {
		return nil, err
	}
	c := &cursor{namespace: r.namespace(args.Collection), records: found.Records, query: q, fields: fields}
	return r.firstBatch(c, args.BatchSize, args.SingleBatch)
}

func (r *request) find(collection string, q engine.Query) (found *engine.Found, err error) {
	err = r.server.engine.Read(r.txn, r.namespace(collection), func(c *engine.Collection) error {
		found, err = c.Find(q)
		return err
	})
	return found, err
}

func count(r *request) (bson.D, error) {
	var args struct {
		Collection string        `bson:"count"`
		Query      bson.Raw      `bson:"query"`
		Limit      int64         `bson:"limit"`
		Hint       bson.RawValue `bson:"hint"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	q, err := search(args.Query, nil, args.Hint, args.Limit)
	if err != nil {
		return nil, err
	}
	var n int
	err = r.server.engine.Read(r.txn, r.namespace(args.Collection), func(c *engine.Collection) error {
		if len(args.Query) <= bsoncore.EmptyDocumentLength {
			n = c.Len() // which the server knows without looking
			return nil
		}
		found, err := c.Find(q)
		if err == nil {
			n = len(found.Records)
		}
		return err
	})
	return bson.D{{Key: "n", Value: int32(n)}}, err
}
