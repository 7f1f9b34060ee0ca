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

// transaction is one Batch on its way. What it writes bears its id, so that its outcome can be found out.
type transaction struct {
	*Backend
	batch *store.Batch
	id    string
	moves bool // a resource may have another home than the version that replaces it will
}

// asking is how long a commit is asked after, whatever became of the request: a client that hears of a failure must be able to rely
// on it.
const asking = 20 * time.Second

// durable is what makes a transaction see one state, and stay.
var durable = options.Transaction().SetReadConcern(readconcern.Snapshot()).SetWriteConcern(writeconcern.Majority()).SetReadPreference(readpref.Primary())

// run tries once to do something. errLost, or an error with the label of a transient one: nothing was written, and it may be tried again.
func (t *transaction) run(ctx context.Context, do func(context.Context) ([]store.Result, error)) ([]store.Result, error) {
	session, err := t.client.StartSession()
	if err != nil {
		return nil, fault("begin a transaction", err)
	}
	var results []store.Result
	err = within(ctx, session, func(in context.Context) (err error) {
		results, err = t.attempt(in, session, do)
		return err
	})
	return results, err
}

// attempt is run in a session.
func (t *transaction) attempt(ctx context.Context, session *mongo.Session, do func(context.Context) ([]store.Result, error)) ([]store.Result, error) {
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
		if errors.Is(err, errLost) || labelled(err, labelTransient) && ctx.Err() == nil {
			return nil, err
		}
		return nil, fault("write", err)
	}
	if err := t.commit(context.WithoutCancel(ctx), session); err != nil {
		return nil, err
	}
	return results, nil
}

// commit ends the transaction, and if no answer comes asks until one does. A server that is asked again tells what became of it
// (MongoDB's transactions specification, commitTransaction is idempotent).
func (t *transaction) commit(ctx context.Context, session *mongo.Session) error {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	unknown := false
	for try := 0; ; try++ {
		err := session.CommitTransaction(ctx)
		switch {
		case err == nil:
			return nil
		case labelled(err, labelTransient) && !unknown:
			return err
		case !labelled(err, labelTransient) && (labelled(err, labelUnknown) || unreachable(err)) && pause(ctx, try) == nil:
			unknown = true
			continue
		}
		return t.outcome(err)
	}
}

// outcome looks for what the transaction wrote: nil if it is there. cause is the commit's last answer.
func (t *transaction) outcome(cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), asking)
	defer cancel()
	for try := 0; ; try++ {
		there, err := t.stored(ctx)
		switch {
		case err == nil && there:
			return nil
		case err == nil && labelled(cause, labelTransient):
			return cause // it has been undone, for certain
		case err == nil:
			return fault("commit", cause)
		}
		if pause(ctx, try) != nil {
			return unclear(cause)
		}
	}
}

// unclear is the last resort: nothing that can still be read tells whether it was stored.
func unclear(cause error) *fhir.Error {
	return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: asking, Err: cause, Issues: []fhir.Issue{{
		Text: "The database could not be reached while this was being stored, and whether it was isn't known. Look for it before you send it again."}}}
}

// stored says whether something that this transaction wrote is there.
func (t *transaction) stored(ctx context.Context) (bool, error) {
	in, filter := t.records, bson.D{{Key: "tx", Value: t.id}}
	for _, r := range t.batch.Records {
		filter = bson.D{{Key: "_id", Value: recordID(r.Namespace, r.Key)}, {Key: "tx", Value: t.id}}
	}
	if len(t.batch.Writes) > 0 {
		in, filter = t.history, append(versionAt(t.batch.Writes[0].Key), bson.E{Key: "tx", Value: t.id})
	}
	err := in.FindOne(ctx, filter, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	return err == nil, err
}
