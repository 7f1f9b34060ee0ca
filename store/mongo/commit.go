package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"frontdesk/fhir"
	"frontdesk/store"
)

// transaction is one Batch on its way. What an attempt writes bears its id, so that its outcome can be found out.
type transaction struct {
	*Backend
	batch *store.Batch
	id    string    // of the attempt under way
	open  []attempt // those before it whose commit was sent, and of which no answer told that it failed or was done
	moves bool      // a resource may have another home than the version that replaces it will
}

// attempt is a commit that was sent.
type attempt struct {
	id      string
	results []store.Result
}

// asking is how long a commit is asked after, whatever became of the request: a client that hears of a failure must be
// able to rely on it.
const asking = 20 * time.Second

// durable is what makes a transaction see one state, and stay.
var durable = options.Transaction().SetReadConcern(readconcern.Snapshot()).SetWriteConcern(writeconcern.Majority()).SetReadPreference(readpref.Primary())

// run tries once to do something. errLost, or an error with the label of a transient one: nothing was written, and it
// may be tried again.
func (t *transaction) run(ctx context.Context, do func(context.Context) ([]store.Result, error)) ([]store.Result, error) {
	session, err := t.client.StartSession()
	if err != nil {
		return nil, fault("begin a transaction", err)
	}
	var results []store.Result
	err = within(ctx, session, func(in context.Context) (err error) {
		results, err = t.inSession(in, session, do)
		return err
	})
	return results, err
}

// inSession is run in a session.
func (t *transaction) inSession(ctx context.Context, session *mongo.Session, do func(context.Context) ([]store.Result, error)) ([]store.Result, error) {
	t.id = bson.NewObjectID().Hex()
	if err := session.StartTransaction(durable); err != nil {
		return nil, fault("begin a transaction", err)
	}
	results, err := do(ctx)
	if err != nil {
		over, cancel := apart(ctx)
		defer cancel()
		_ = session.AbortTransaction(over) // it ends by itself if this doesn't arrive
		if ctx.Err() == nil && unreachable(err) {
			err = errors.Join(errLost, err)
		}
		if errors.Is(err, errLost) || transient(err) && ctx.Err() == nil {
			return nil, err
		}
		return nil, fault("write", err)
	}
	if err := t.commit(context.WithoutCancel(ctx), session, results); err != nil {
		return nil, err
	}
	return results, nil
}

// commit ends the transaction, and if no answer comes asks until one does. A server that is asked again tells what
// became of it (MongoDB's transactions specification, commitTransaction is idempotent).
//
// An error doesn't tell that nothing was written, not even one that is labelled transient: the driver has asked a
// second time by itself, and a server that knows no more of the transaction says NoSuchTransaction, whether it was
// undone or was done and its session is forgotten. So the store is asked each time.
func (t *transaction) commit(ctx context.Context, session *mongo.Session, results []store.Result) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	for try := 0; ; try++ {
		err := session.CommitTransaction(ctx)
		switch {
		case err == nil:
			return nil
		case !transient(err) && (labelled(err, labelUnknown) || unreachable(err)) && pause(ctx, try) == nil:
			continue
		}
		t.open = append(t.open, attempt{t.id, results})
		return t.outcome(err)
	}
}

// outcome looks for what the attempt wrote: nil if it is there. cause is the commit's last answer.
func (t *transaction) outcome(cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), asking)
	defer cancel()
	for try := 0; ; try++ {
		there, err := t.stored(ctx, t.id)
		switch {
		case err == nil && there:
			return nil
		case err == nil && transient(cause):
			return cause // it may be tried again; if it is there after all, the next attempt meets it
		case err == nil:
			return fault("commit", cause)
		}
		if pause(ctx, try) != nil {
			return unclear(cause)
		}
	}
}

// done are the results of an earlier attempt that was committed after all, nil if none was.
func (t *transaction) done(ctx context.Context) ([]store.Result, error) {
	for _, a := range t.open {
		there, err := t.stored(ctx, a.id)
		switch {
		case err != nil:
			return nil, unclear(err)
		case there:
			return a.results, nil
		}
	}
	return nil, nil
}

// unclear is the last resort: nothing that can still be read tells whether it was stored.
func unclear(cause error) *fhir.Error {
	return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: asking, Err: cause, Issues: []fhir.Issue{{
		Text: "The database could not be reached while this was being stored, and whether it was isn't known. Look for it before you send it again."}}}
}

// stored says whether something that an attempt wrote is there.
func (t *transaction) stored(ctx context.Context, id string) (bool, error) {
	in, filter := t.records, bson.D{{Key: "tx", Value: id}}
	for _, r := range t.batch.Records {
		filter = bson.D{{Key: "_id", Value: recordID(r.Namespace, r.Key)}, {Key: "tx", Value: id}}
	}
	if len(t.batch.Writes) > 0 {
		in, filter = t.history, append(versionAt(t.batch.Writes[0].Key), bson.E{Key: "tx", Value: id})
	}
	if len(t.batch.Writes) == 0 && len(t.batch.Marks) > 0 {
		in, filter = t.history, append(versionAt(t.batch.Marks[0].Key), bson.E{Key: "mark", Value: id})
	}
	err := in.FindOne(ctx, filter, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	return err == nil, err
}
