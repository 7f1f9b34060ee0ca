package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// collections are those of the database.
type collections struct {
	resources *mongo.Collection // one document for each resource: its current version, tombstones included
	history   *mongo.Collection // one for each version
	records   *mongo.Collection // store.Records
	locks     *mongo.Collection // documents that transactions collide on: criteria of conditional creates
	indexes   *mongo.Collection // how far the index of each type is
	meta      *mongo.Collection // the version of all this
}

func collectionsOf(db *mongo.Database) collections {
	// What decides is always read where it is written, whatever the URI says of secondaries.
	primary := options.Collection().SetReadPreference(readpref.Primary())
	return collections{resources: db.Collection("resources"), history: db.Collection("history"), records: db.Collection("records", primary),
		locks: db.Collection("locks", primary), indexes: db.Collection("indexes", primary), meta: db.Collection("meta", primary)}
}

// schemaVersion is raised when an older release could not work on what a newer one writes.
const schemaVersion = 1

// kept is how long an expired record stays: its revision can't come again that soon. unlocked is how long a lock stays unused.
const (
	kept     = int32(time.Hour / time.Second)
	unlocked = int32(24 * time.Hour / time.Second)
)

// indexOf is an index to be made.
func indexOf(name string, keys ...bson.E) mongo.IndexModel {
	return mongo.IndexModel{Keys: bson.D(keys), Options: options.Index().SetName(name)}
}

func up(field string) bson.E   { return bson.E{Key: field, Value: 1} }
func down(field string) bson.E { return bson.E{Key: field, Value: -1} }

// prepare makes what isn't there yet. Each index serves one shape of search; behind what is looked for stands the order in which
// most searches want it, newest first.
func (b *Backend) prepare(ctx context.Context) error {
	expires := func(name, field string, after int32) mongo.IndexModel {
		return mongo.IndexModel{Keys: bson.D{up(field)}, Options: options.Index().SetName(name).SetExpireAfterSeconds(after)}
	}
	for _, c := range []struct {
		in      *mongo.Collection
		indexes []mongo.IndexModel
	}{
		{b.resources, []mongo.IndexModel{
			indexOf("own", up("ck"), down("w"), down("u"), up("id")),
			indexOf("key", up("k"), down("w"), down("u"), up("id")),
			indexOf("compartment", up("c"), up("t"), down("w"), down("u"), up("id")),
			indexOf("when", up("t"), down("w"), down("u"), up("id")),
			indexOf("updated", up("t"), down("u"), up("id")),
			indexOf("range", up("r.p"), up("r.lo"), up("r.hi")),
			indexOf("word", up("x")),
			indexOf("goal", up("g"), up("t")),
		}},
		{b.history, []mongo.IndexModel{
			indexOf("system", down("u"), up("_id")),
			indexOf("type", up("t"), down("u"), up("_id")),
			indexOf("instance", up("r"), down("u")),
			indexOf("compartment", up("c"), down("u"), up("_id")),
		}},
		{b.records, []mongo.IndexModel{expires("expires", "ttl", kept)}},
		{b.locks, []mongo.IndexModel{expires("unused", "at", unlocked)}},
	} {
		begun := time.Now()
		if _, err := c.in.Indexes().CreateMany(ctx, c.indexes); err != nil {
			var e mongo.ServerError
			if errors.As(err, &e) && e.HasErrorCode(codeUnauthorized) {
				return unavailable(err, "The MongoDB user may not create indexes in database %q. Give it the role readWrite there.", c.in.Database().Name())
			}
			return fault("create the indexes", err)
		}
		if took := time.Since(begun); took > time.Second {
			b.options.Logger.Info("indexes are made", "collection", c.in.Name(), "took", took.Round(time.Millisecond))
		}
	}
	return b.migrate(ctx)
}

// migrate sees that the version of what is stored is one that this program knows.
func (b *Backend) migrate(ctx context.Context) error {
	var schema struct {
		Version int `bson:"version"`
	}
	here := bson.D{{Key: "_id", Value: "schema"}, {Key: "version", Value: schemaVersion}}
	if _, err := b.meta.InsertOne(ctx, here); err != nil && !mongo.IsDuplicateKeyError(err) {
		return fault("write the version of the store", err)
	}
	if err := b.meta.FindOne(ctx, here[:1]).Decode(&schema); err != nil {
		return fault("read the version of the store", err)
	}
	if schema.Version > schemaVersion {
		return unavailable(nil, "The store was written by a newer version of Frontdesk (schema %d; this one knows %d). "+
			"Start that version, or restore a backup made before the upgrade.",
			schema.Version, schemaVersion)
	}
	return nil
}
