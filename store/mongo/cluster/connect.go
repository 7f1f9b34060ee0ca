package cluster

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"frontdesk/fhir"
)

// DefaultDatabase is the database of a URI that names none.
const DefaultDatabase = "frontdesk"

// finding is how long a primary is looked for: at start, and by every operation while there is none.
const finding = 10 * time.Second

// Check tells what is wrong with a URI, without connecting. Of mongodb+srv:// only the name service knows more.
func Check(uri string) error {
	if strings.HasPrefix(uri, connstring.SchemeMongoDBSRV+"://") {
		return nil
	}
	_, err := parse(uri)
	return err
}

// parse reads a URI. Errors tell nothing secret that is in it.
func parse(uri string) (*connstring.ConnString, error) {
	parsed, err := connstring.ParseAndValidate(uri)
	if err != nil {
		return nil, errors.New(hideSecrets(err.Error(), uri))
	}
	return parsed, nil
}

// read is a URI, and the database that it names.
func read(uri string) (*connstring.ConnString, string, error) {
	parsed, err := parse(uri)
	if err != nil {
		return nil, "", Unavailable(err, "The URI of the store can't be read: %v. It is like mongodb://HOST/frontdesk?replicaSet=rs0.", err)
	}
	return parsed, cmp.Or(parsed.Database, DefaultDatabase), nil
}

// Options are how a client differs.
type Options struct {
	Secondaries bool                  // reads may be answered by secondaries, by the URI's readPreference or else where there are any
	Monitor     *event.CommandMonitor // is told of every command; nil for none
}

// Connect makes a client, and says which database the URI names. The URI's options come before ours, but for what makes
// a write last. It doesn't wait for a server.
func Connect(uri string, settings Options) (*mongo.Client, string, error) {
	parsed, database, err := read(uri)
	if err != nil {
		return nil, "", err
	}
	o := options.Client().SetAppName("frontdesk").SetServerSelectionTimeout(finding).SetRetryReads(true).SetRetryWrites(true)
	if settings.Monitor != nil {
		o.SetMonitor(settings.Monitor)
	}
	if settings.Secondaries {
		o.SetReadPreference(readpref.SecondaryPreferred())
	} else if p := parsed.ReadPreference; p != "" && !strings.EqualFold(p, "primary") {
		return nil, "", Unavailable(nil, "The URI of the store asks for reads with readPreference=%s, and secondaries can be behind what was written or hidden. "+
			"Leave it out, or accept that for searches and histories with --secondary-reads.", p)
	}
	o.ApplyURI(uri).SetReadConcern(readconcern.Majority()).SetWriteConcern(writeconcern.Majority())
	client, err := mongo.Connect(o)
	if err != nil {
		err = errors.New(hideSecrets(err.Error(), uri))
		return nil, "", Unavailable(err, "The URI of the store can't be used: %v.", err)
	}
	return client, database, nil
}

// greeting is what a server says of itself.
type greeting struct {
	SetName string `bson:"setName"`
	Msg     string `bson:"msg"`
}

// router is what a sharded cluster's mongos says it is.
const router = "isdbgrid"

// routes says that it is the router of a sharded cluster.
func (g *greeting) routes() bool { return g.Msg == router }

// greet asks a server what it is.
func greet(ctx context.Context, db *mongo.Database) (hello greeting, err error) {
	err = db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	switch {
	case err != nil && ctx.Err() != nil:
		return hello, err
	case err != nil:
		return hello, diagnosis(err)
	}
	return hello, nil
}

// minMajor is the oldest release whose transactions and snapshot reads suffice.
const minMajor = 6

// Suitable refuses a server that can't serve, with one line that says why and what to do.
func Suitable(ctx context.Context, db *mongo.Database) error {
	hello, err := greet(ctx, db)
	if err != nil {
		return err
	}
	if hello.SetName == "" && !hello.routes() {
		return Unavailable(nil, "This MongoDB is a standalone server, and transactions need a replica set. %s", makeSet)
	}
	var build struct {
		Version string `bson:"version"`
	}
	if err := db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		return err
	}
	major, _, _ := strings.Cut(build.Version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < minMajor {
		return Unavailable(nil, "This MongoDB is version %s, and Frontdesk needs %d.0 or newer. %s", build.Version, minMajor, upgrade)
	}
	return nil
}

// Snapshots refuses a server that takes a read of a snapshot and gives no snapshot, as some that speak MongoDB's
// protocol do: a page read from it could be torn by a write. one is a filter that finds a document of the collection by
// its id.
func Snapshots(ctx context.Context, in *mongo.Collection, one bson.D) error {
	var reply struct {
		Cursor struct {
			Time bson.Timestamp `bson:"atClusterTime"`
		} `bson:"cursor"`
	}
	err := in.Database().RunCommand(ctx, bson.D{{Key: "find", Value: in.Name()}, {Key: "filter", Value: one}, {Key: "limit", Value: 1}, {Key: "singleBatch", Value: true},
		{Key: "readConcern", Value: bson.D{{Key: "level", Value: "snapshot"}}}}).Decode(&reply)
	var refused mongo.ServerError
	switch {
	case err != nil && !errors.As(err, &refused):
		return err
	case err != nil || reply.Cursor.Time.IsZero():
		return Unavailable(err, "This MongoDB gives no snapshots (a find with read concern snapshot brings no cursor.atClusterTime), and pages would be torn. "+
			"Use MongoDB %d.0 or newer itself, as a replica set or sharded cluster.", minMajor)
	}
	return nil
}

// makeSet is how a standalone server becomes a replica set.
const makeSet = "One node is enough: start mongod with --replSet rs0, run rs.initiate() once in mongosh, and add replicaSet=rs0 to the URI."

// Unavailable says at start why the store can't be opened.
func Unavailable(cause error, format string, args ...any) *fhir.Error {
	e := fhir.Errorf(fhir.Unavailable, "", format, args...)
	e.Err = cause
	return e
}
