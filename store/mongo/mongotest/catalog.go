package mongotest

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/query"
)

// batchArgs is the cursor argument of commands that list something.
type batchArgs struct {
	BatchSize *int64 `bson:"batchSize"`
}

// list is the reply that lists documents.
func (r *request) list(namespace string, docs []bson.D, filter bson.Raw, size *int64) (bson.D, error) {
	wanted, err := query.Parse(bsoncore.Document(filter))
	if err != nil {
		return nil, err
	}
	c := &cursor{namespace: namespace}
	for _, d := range docs {
		doc, err := bson.Marshal(d)
		if err != nil {
			return nil, fail.New(fail.BadValue, "%v", err)
		}
		if wanted.Match(doc) {
			c.docs = append(c.docs, doc)
		}
	}
	return r.firstBatch(c, size, false)
}

func listCollections(r *request) (bson.D, error) {
	var args struct {
		Command    int32     `bson:"listCollections"`
		Filter     bson.Raw  `bson:"filter"`
		NameOnly   bool      `bson:"nameOnly"`
		Authorized bool      `bson:"authorizedCollections"`
		Cursor     batchArgs `bson:"cursor"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	var docs []bson.D
	for _, namespace := range r.server.engine.Namespaces(r.DB) {
		docs = append(docs, bson.D{{Key: "name", Value: strings.TrimPrefix(namespace, r.DB+".")},
			{Key: "type", Value: "collection"}, {Key: "options", Value: bson.D{}}, {Key: "info", Value: bson.D{{Key: "readOnly", Value: false}}}})
	}
	return r.list(r.namespace("$cmd.listCollections"), docs, args.Filter, args.Cursor.BatchSize)
}

func listIndexes(r *request) (bson.D, error) {
	var args struct {
		Collection string    `bson:"listIndexes"`
		Cursor     batchArgs `bson:"cursor"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	namespace := r.namespace(args.Collection)
	indexes, err := r.server.engine.Indexes(namespace)
	if err != nil {
		return nil, err
	}
	var docs []bson.D
	for _, x := range indexes {
		doc := bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.Raw(x.Key)}, {Key: "name", Value: x.Name}}
		if x.Unique && x.Name != "_id_" {
			doc = append(doc, bson.E{Key: "unique", Value: true})
		}
		if x.Sparse {
			doc = append(doc, bson.E{Key: "sparse", Value: true})
		}
		if x.Expires > 0 {
			doc = append(doc, bson.E{Key: "expireAfterSeconds", Value: x.Expires - 1})
		}
		if x.Partial != nil {
			doc = append(doc, bson.E{Key: "partialFilterExpression", Value: bson.Raw(x.Partial)})
		}
		docs = append(docs, doc)
	}
	return r.list(namespace, docs, nil, args.Cursor.BatchSize)
}

func create(r *request) (bson.D, error) {
	var args struct {
		Collection string `bson:"create"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	return bson.D{}, r.server.engine.CreateCollection(r.namespace(args.Collection))
}

func createIndexes(r *request) (bson.D, error) {
	var args struct {
		Collection   string        `bson:"createIndexes"`
		Indexes      []bson.Raw    `bson:"indexes"`
		CommitQuorum bson.RawValue `bson:"commitQuorum"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	var specs []engine.Index
	for _, doc := range args.Indexes {
		var x struct {
			Version int32    `bson:"v"`
			Key     bson.Raw `bson:"key"`
			Name    string   `bson:"name"`
			Unique  bool     `bson:"unique"`
			Sparse  bool     `bson:"sparse"`
			Partial bson.Raw `bson:"partialFilterExpression"`
			Expires *int64   `bson:"expireAfterSeconds"`
		}
		if err := strictly("createIndexes.indexes", doc, &x, false); err != nil {
			return nil, err
		}
		if x.Name == "" || x.Key == nil || x.Sparse && x.Partial != nil {
			return nil, fail.New(fail.CannotCreateIndex, "an index needs a key and a name, and is not both sparse and partial")
		}
		spec := engine.Index{Name: x.Name, Key: bsoncore.Document(x.Key), Unique: x.Unique, Sparse: x.Sparse,
			Partial: bsoncore.Document(x.Partial)}
		if x.Expires != nil {
			spec.Expires = *x.Expires + 1
		}
		specs = append(specs, spec)
	}
	before, after, err := r.server.engine.CreateIndexes(r.namespace(args.Collection), specs)
	return bson.D{{Key: "numIndexesBefore", Value: int32(before)}, {Key: "numIndexesAfter", Value: int32(after)}}, err
}

func dropIndexes(r *request) (bson.D, error) {
	var args struct {
		Collection string        `bson:"dropIndexes"`
		Index      bson.RawValue `bson:"index"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	namespace := r.namespace(args.Collection)
	name, ok := args.Index.StringValueOK()
	if !ok {
		return nil, fail.Refuse("dropIndexes by anything but a name")
	}
	if name != "*" {
		return bson.D{}, r.server.engine.DropIndex(namespace, name)
	}
	indexes, err := r.server.engine.Indexes(namespace)
	for _, x := range indexes[min(1, len(indexes)):] { // all but that of _id
		if err == nil {
			err = r.server.engine.DropIndex(namespace, x.Name)
		}
	}
	return bson.D{}, err
}

func drop(r *request) (bson.D, error) {
	var args struct {
		Collection string `bson:"drop"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	r.server.engine.Drop(r.namespace(args.Collection))
	return bson.D{}, nil
}

func dropDatabase(r *request) (bson.D, error) {
	r.server.engine.Drop(r.DB + ".")
	return bson.D{{Key: "dropped", Value: r.DB}}, nil
}
