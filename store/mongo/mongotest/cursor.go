package mongotest

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/query"
)

const defaultBatch = 101 // documents in the first batch if no batchSize is given (MongoDB manual, Cursor Batches)

// cursor is the rest of an answer: records that were found, or documents that were made of them.
type cursor struct {
	namespace string
	records   []*engine.Record
	docs      []bsoncore.Document
	query     engine.Query
	fields    *query.Projection
	txn       *engine.Txn // the transaction or snapshot it reads by; nil: none
	given     int         // of records
	done      bool
}

// batch takes the next documents off a cursor, at most size (0: as many as a reply holds). Without a snapshot a
// document is given as it is by now, and not at all if it is gone or doesn't match any more, as a cursor that has
// yielded does it.
func (c *cursor) batch(now *engine.Collection, size int) bson.A {
	out, bytes := bson.A{}, 0
	for size == 0 || len(out) < size {
		if c.done = len(c.records)+len(c.docs) == 0; c.done {
			return out
		}
		doc, ok := c.next(now)
		if !ok {
			continue
		}
		out = append(out, bson.Raw(doc))
		if bytes += len(doc); bytes > engine.MaxDocument*15/16 {
			break
		}
	}
	// That there is no more MongoDB notices only when it looks for more, unless the limit is reached.
	c.done = len(c.records)+len(c.docs) == 0 && (c.query.Filter == nil || c.given == c.query.Limit)
	return out
}

func (c *cursor) next(now *engine.Collection) (bsoncore.Document, bool) {
	if len(c.docs) > 0 {
		doc := c.docs[0]
		c.docs = c.docs[1:]
		return doc, true
	}
	r := c.records[0]
	c.records = c.records[1:]
	c.given++
	if c.txn == nil {
		if r = now.Reload(r); r == nil || !c.query.Filter.Match(r.Doc) {
			return nil, false
		}
	}
	return c.fields.Apply(r.Doc), true
}

// firstBatch is the reply that begins an answer.
func (r *request) firstBatch(c *cursor, size *int64, single bool) (bson.D, error) {
	n := defaultBatch
	if size != nil {
		n = int(*size)
	}
	c.txn = r.txn
	batch := bson.A{}
	if size == nil || n > 0 { // batchSize 0 asks for an empty first batch
		err := r.server.engine.Read(r.txn, c.namespace, func(now *engine.Collection) error {
			batch = c.batch(now, n)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var id int64
	if !c.done && !single {
		id = r.server.keep(c)
	}
	cursor := bson.D{{Key: "firstBatch", Value: batch}, {Key: "id", Value: id}, {Key: "ns", Value: c.namespace}}
	if at, ok := r.snapshotTime(); ok {
		cursor = append(cursor, bson.E{Key: "atClusterTime", Value: at})
	}
	return bson.D{{Key: "cursor", Value: cursor}}, nil
}

func (s *Server) keep(c *cursor) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	s.cursors[s.lastID] = c
	return s.lastID
}

func getMore(r *request) (bson.D, error) {
	var args struct {
		ID         int64  `bson:"getMore"`
		Collection string `bson:"collection"`
		BatchSize  int64  `bson:"batchSize"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	r.server.mu.Lock()
	c := r.server.cursors[args.ID]
	delete(r.server.cursors, args.ID) // no second getMore at the same time
	r.server.mu.Unlock()
	if c == nil || c.namespace != r.namespace(args.Collection) || r.inTransaction() && c.txn != r.txn {
		return nil, fail.New(fail.CursorNotFound, "cursor id %d not found", args.ID)
	}
	var batch bson.A
	err := r.server.engine.Read(c.txn, c.namespace, func(now *engine.Collection) error {
		batch = c.batch(now, int(args.BatchSize))
		return nil
	})
	if err != nil {
		return nil, err
	}
	id := args.ID
	if c.done {
		id = 0
	} else {
		r.server.mu.Lock()
		r.server.cursors[id] = c
		r.server.mu.Unlock()
	}
	return bson.D{{Key: "cursor", Value: bson.D{{Key: "nextBatch", Value: batch}, {Key: "id", Value: id},
		{Key: "ns", Value: c.namespace}}}}, nil
}

func killCursors(r *request) (bson.D, error) {
	var args struct {
		Collection string  `bson:"killCursors"`
		Cursors    []int64 `bson:"cursors"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	killed, absent := bson.A{}, bson.A{}
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	for _, id := range args.Cursors {
		if r.server.cursors[id] == nil {
			absent = append(absent, id)
			continue
		}
		delete(r.server.cursors, id)
		killed = append(killed, id)
	}
	return bson.D{{Key: "cursorsKilled", Value: killed}, {Key: "cursorsNotFound", Value: absent},
		{Key: "cursorsAlive", Value: bson.A{}}, {Key: "cursorsUnknown", Value: bson.A{}}}, nil
}
