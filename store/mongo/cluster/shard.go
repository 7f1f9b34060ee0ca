package cluster

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/index"
)

// Step is one of the commands that spread a database over the shards of a cluster. Each can be repeated.
type Step struct {
	Shell    string // as a line for mongosh
	Database string // that the command is sent to
	Command  bson.D
}

// shardKeys are those of the collections that grow; the others stay on the database's primary shard.
var shardKeys = []struct {
	collection, index string
	key               bson.D
	shell             string
}{
	// A Patient's record lies together. What several Patients share has one home too, which _id lets the cluster split.
	{"resources", "home", bson.D{{Key: index.HomeField, Value: "hashed"}, {Key: "_id", Value: 1}}, fmt.Sprintf(`{%s: "hashed", _id: 1}`, index.HomeField)},
	// All versions of a resource lie together, and that makes them, and so the resource, unique in the whole cluster.
	{"history", "resource", bson.D{{Key: "r", Value: "hashed"}}, `{r: "hashed"}`},
	{"records", "id", bson.D{{Key: "_id", Value: "hashed"}}, `{_id: "hashed"}`},
	{"locks", "id", bson.D{{Key: "_id", Value: "hashed"}}, `{_id: "hashed"}`},
}

// Sharding are the commands for a database. Each collection's shard key has its index first, which one that isn't empty
// needs.
func Sharding(database string) (out []Step) {
	for _, k := range shardKeys {
		out = append(out, Step{
			Shell:    fmt.Sprintf(`db.getSiblingDB(%q).%s.createIndex(%s, {name: %q})`, database, k.collection, k.shell, k.index),
			Database: database,
			Command: bson.D{{Key: "createIndexes", Value: k.collection},
				{Key: "indexes", Value: bson.A{bson.D{{Key: "key", Value: k.key}, {Key: "name", Value: k.index}}}}},
		}, Step{
			Shell:    fmt.Sprintf(`sh.shardCollection(%q, %s)`, database+"."+k.collection, k.shell),
			Database: "admin",
			Command:  bson.D{{Key: "shardCollection", Value: database + "." + k.collection}, {Key: "key", Value: k.key}},
		})
	}
	return out
}

// Database is the name of the database that a URI names.
func Database(uri string) (string, error) {
	_, database, err := read(uri)
	return database, err
}

// Shard sends the commands to a cluster, one after another, and reports each. It ends with the first that fails; then
// it can be called again.
func Shard(ctx context.Context, uri string, report func(Step)) error {
	client, database, err := Connect(uri, Options{})
	if err != nil {
		return err
	}
	defer client.Disconnect(context.WithoutCancel(ctx))
	hello, err := greet(ctx, client.Database(database))
	if err != nil {
		return err
	}
	if !hello.routes() {
		return Unavailable(nil, "This MongoDB is no sharded cluster, so there is nothing to spread over. Name its routers (mongos) in the URI, without replicaSet.")
	}
	return shard(Sharding(database), func(s Step) error {
		return client.Database(s.Database).RunCommand(ctx, s.Command).Err()
	}, report)
}

func shard(steps []Step, do func(Step) error, report func(Step)) error {
	for _, s := range steps {
		if err := do(s); err != nil {
			return Unavailable(err, "The cluster refuses %s: %v. Its user needs the role clusterManager. What was done before it stays; mend this, and run the command again.", s.Shell, err)
		}
		report(s)
	}
	return nil
}
