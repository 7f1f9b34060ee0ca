package mongotest

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
)

// explain runs a find, a count or an aggregate and tells how it was done, in the form of queryPlanner and
// executionStats.
func explain(r *request) (bson.D, error) {
	var args struct {
		Command   bson.Raw `bson:"explain"`
		Verbosity string   `bson:"verbosity"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	collection, q, err := explained(args.Command)
	if err != nil {
		return nil, err
	}
	found, err := r.find(collection, q)
	if err != nil {
		return nil, err
	}
	plan := found.Explain()
	return bson.D{
		{Key: "explainVersion", Value: "1"},
		{Key: "queryPlanner", Value: bson.D{{Key: "namespace", Value: r.namespace(collection)},
			{Key: "winningPlan", Value: plan}, {Key: "rejectedPlans", Value: bson.A{}}}},
		{Key: "executionStats", Value: bson.D{{Key: "executionSuccess", Value: true},
			{Key: "nReturned", Value: int32(len(found.Records))}, {Key: "executionTimeMillis", Value: int32(0)},
			{Key: "totalKeysExamined", Value: int32(found.KeysExamined)}, {Key: "totalDocsExamined", Value: int32(found.DocsExamined)},
			{Key: "executionStages", Value: plan}}},
	}, nil
}

// explained is the query of the command that is explained.
func explained(command bson.Raw) (collection string, q engine.Query, err error) {
	elements, err := command.Elements()
	if err != nil || len(elements) == 0 {
		return "", q, fail.New(fail.FailedToParse, "explain needs a command")
	}
	inner := &request{name: elements[0].Key(), doc: command}
	switch inner.name {
	case "find":
		var args findArgs
		if err := inner.decode(&args); err != nil {
			return "", q, err
		}
		q, err = search(args.Filter, args.Sort, args.Hint, args.Limit)
		return args.Collection, q, err
	case "aggregate":
		var args aggregateArgs
		if err := inner.decode(&args); err != nil {
			return "", q, err
		}
		match, sort, limit, _, err := args.front()
		if err != nil {
			return "", q, err
		}
		q, err = search(match, sort, args.Hint, limit)
		return args.Collection, q, err
	}
	return "", q, fail.Refuse("explain of %s", inner.name)
}
