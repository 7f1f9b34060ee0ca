package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"frontdesk/fhir"
	"frontdesk/store/mongo/cluster"
)

// collections are those of the database.
type collections struct {
	resources *mongo.Collection // one document for each resource: its current version, tombstones included
	history   *mongo.Collection // one for each version
	records   *mongo.Collection // store.Records
	pending   *mongo.Collection // what transactions did that isn't in feed yet (changes.go)
	feed      *mongo.Collection // the feed of changes
	locks     *mongo.Collection // documents that transactions collide on: criteria of conditional creates
	indexes   *mongo.Collection // how far the index of each type is
	meta      *mongo.Collection // the version of all this
}

// collectionsOf are those of a database, read from where a preference says; nil: from where the client says.
func collectionsOf(db *mongo.Database, from *readpref.ReadPref) collections {
	o := options.Collection()
	if from != nil {
		o.SetReadPreference(from)
	}
	of := func(name string) *mongo.Collection { return db.Collection(name, o) }
	return collections{resources: of("resources"), history: of("history"), records: of("records"),
		pending: of("pending"), feed: of("feed"), locks: of("locks"), indexes: of("indexes"), meta: of("meta")}
}

// The format of what is stored. The major number is raised when an older release could not work on what a newer one
// writes: then the older ones stop. The minor one is raised with what they needn't know of, such as another index: then
// both go on side by side.
const (
	formatMajor = 2 // 2: a resource has a home
	// 1: there is a feed of changes, of which releases before it know nothing. 2: indexes of what staff list
	formatMinor = 2
)

// format is the document of meta that says what is stored.
type format struct {
	ID    string `bson:"_id"`
	Major int    `bson:"version"`
	Minor int    `bson:"minor"`
}

var formatID = bson.D{{Key: "_id", Value: "schema"}}

// agree writes the format of a new store, or sees that this program knows that of an old one.
func (b *Backend) agree(ctx context.Context) error {
	if _, err := b.meta.InsertOne(ctx, format{"schema", formatMajor, formatMinor}); err != nil && !mongo.IsDuplicateKeyError(err) {
		return b.refused("write the version of the store", err)
	}
	var f format
	if err := b.meta.FindOne(ctx, formatID).Decode(&f); err != nil {
		return b.refused("read the version of the store", err)
	}
	switch {
	case f.Major > formatMajor:
		return f.newer()
	case f.Major < formatMajor:
		return cluster.Unavailable(nil, "The store has format %d, of an early version of Frontdesk, and this one writes format %d. "+
			"Export it with that version, and import it into a new database.", f.Major, formatMajor)
	case f.Minor > formatMinor:
		b.options.Logger.Info("a newer release of Frontdesk works on this store too; going on beside it")
	case f.Minor < formatMinor:
		newest := bson.D{{Key: "$max", Value: bson.D{{Key: "minor", Value: formatMinor}}}}
		if _, err := b.meta.UpdateOne(ctx, formatID, newest); err != nil {
			return b.refused("write the version of the store", err)
		}
	}
	return nil
}

func (f format) newer() *fhir.Error {
	return cluster.Unavailable(nil, "The store was written by a newer version of Frontdesk (format %d; this one knows %d). "+
		"Start that version, or restore a backup made before the upgrade.", f.Major, formatMajor)
}

// watchFormat stops this instance from working on what a newer release has changed meanwhile.
func (b *Backend) watchFormat(f format) {
	if f.Major > formatMajor && b.outdated.CompareAndSwap(nil, f.newer()) {
		b.options.Logger.Error(f.newer().Error())
	}
}

// stillKnown is why nothing may be asked of the store any more, nil if it may.
func (b *Backend) stillKnown() error {
	if e := b.outdated.Load(); e != nil {
		return e
	}
	return nil
}

// refused tells of what the server doesn't let this user do, or of another error.
func (b *Backend) refused(what string, err error) error {
	var e mongo.ServerError
	if errors.As(err, &e) && e.HasErrorCode(codeUnauthorized) {
		return cluster.Unavailable(err, "The MongoDB user may not %s in database %q. Give it the role readWrite there.", what, b.meta.Database().Name())
	}
	return fault(what, err)
}
