package mongotest

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

// aggregateArgs are the arguments of aggregate.
type aggregateArgs struct {
	Collection string        `bson:"aggregate"`
	Pipeline   []bson.Raw    `bson:"pipeline"`
	Hint       bson.RawValue `bson:"hint"`
	Cursor     struct {
		BatchSize *int64 `bson:"batchSize"`
	} `bson:"cursor"`
}

// stage makes documents of documents.
type stage func([]bsoncore.Document) ([]bsoncore.Document, error)

// front is what the beginning of a pipeline asks of the collection: $match, $sort and $limit, each once and in this
// order. The rest are stages.
func (a *aggregateArgs) front() (match, sort bson.Raw, limit int64, rest []bson.Raw, err error) {
	rest = a.Pipeline
	for _, name := range []string{"$match", "$sort", "$limit"} {
		if len(rest) == 0 {
			break
		}
		operand, ok := order.Field(bsoncore.Document(rest[0]), name)
		if !ok {
			continue
		}
		doc, isDoc := operand.DocumentOK()
		switch ok = isDoc; name {
		case "$match":
			match = bson.Raw(doc)
		case "$sort":
			sort = bson.Raw(doc)
		case "$limit":
			limit, ok = operand.AsInt64OK()
			ok = ok && limit > 0
		}
		if !ok {
			return nil, nil, 0, nil, fail.New(fail.BadValue, "the operand of %s is %s", name, operand)
		}
		rest = rest[1:]
	}
	return match, sort, limit, rest, nil
}

func aggregate(r *request) (bson.D, error) {
	var args aggregateArgs
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	match, sort, limit, rest, err := args.front()
	if err != nil {
		return nil, err
	}
	q, err := search(match, sort, args.Hint, limit)
	if err != nil {
		return nil, err
	}
	stages, err := parseStages(rest)
	if err != nil {
		return nil, err
	}
	found, err := r.find(args.Collection, q)
	if err != nil {
		return nil, err
	}
	var docs []bsoncore.Document
	for _, record := range found.Records {
		docs = append(docs, record.Doc)
	}
	for _, do := range stages {
		if docs, err = do(docs); err != nil {
			return nil, err
		}
	}
	return r.firstBatch(&cursor{namespace: r.namespace(args.Collection), docs: docs}, args.Cursor.BatchSize, false)
}

var stageParsers = map[string]func(bsoncore.Value) (stage, error){
	"$match": matchStage, "$sort": sortStage, "$limit": limitStage, "$project": projectStage, "$count": countStage, "$group": groupStage,
}

func parseStages(docs []bson.Raw) ([]stage, error) {
	var out []stage
	for _, doc := range docs {
		for name, operand := range order.Fields(bsoncore.Document(doc)) {
			parse, ok := stageParsers[name]
			if !ok {
				return nil, fail.Refuse("the pipeline stage %s", name)
			}
			if _, isDoc := operand.DocumentOK(); !isDoc && name != "$limit" && name != "$count" {
				return nil, fail.New(fail.BadValue, "the operand of %s is %s", name, operand)
			}
			do, err := parse(operand)
			if err != nil {
				return nil, err
			}
			out = append(out, do)
		}
	}
	return out, nil
}

func matchStage(operand bsoncore.Value) (stage, error) {
	filter, err := query.Parse(operand.Data)
	return func(docs []bsoncore.Document) ([]bsoncore.Document, error) {
		return slices.DeleteFunc(docs, func(doc bsoncore.Document) bool { return !filter.Match(doc) }), nil
	}, err
}

func sortStage(operand bsoncore.Value) (stage, error) {
	pattern, err := order.ParsePattern(operand.Data)
	return func(docs []bsoncore.Document) ([]bsoncore.Document, error) {
		keys := map[*byte][]byte{}
		for _, doc := range docs {
			found, _, err := pattern.Keys(doc)
			if err != nil {
				return nil, err
			}
			keys[&doc[0]] = found[0]
		}
		slices.SortStableFunc(docs, func(a, b bsoncore.Document) int { return bytes.Compare(keys[&a[0]], keys[&b[0]]) })
		return docs, nil
	}, err
}

func limitStage(operand bsoncore.Value) (stage, error) {
	limit, ok := operand.AsInt64OK()
	if !ok || limit <= 0 {
		return nil, fail.New(fail.BadValue, "the limit must be positive")
	}
	return func(docs []bsoncore.Document) ([]bsoncore.Document, error) {
		return docs[:min(int(limit), len(docs))], nil
	}, nil
}

func projectStage(operand bsoncore.Value) (stage, error) {
	fields, err := query.ParseProjection(operand.Data)
	return func(docs []bsoncore.Document) ([]bsoncore.Document, error) {
		out := make([]bsoncore.Document, len(docs))
		for i, doc := range docs {
			out[i] = fields.Apply(doc)
		}
		return out, nil
	}, err
}

// countStage gives no document at all if there is nothing to count.
func countStage(operand bsoncore.Value) (stage, error) {
	name, ok := operand.StringValueOK()
	if !ok || name == "" {
		return nil, fail.New(fail.BadValue, "the count field must be a non-empty string")
	}
	return func(docs []bsoncore.Document) ([]bsoncore.Document, error) {
		if len(docs) == 0 {
			return nil, nil
		}
		return []bsoncore.Document{bsoncore.BuildDocument(nil, bsoncore.AppendInt32Element(nil, name, int32(len(docs))))}, nil
	}, nil
}
