package mongotest

import (
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/mongotest/engine"
	"frontdesk/store/mongo/mongotest/fail"
)

// session is what a server knows of a logical session (lsid): the highest txnNumber, and what it stands for.
type session struct {
	mu      sync.Mutex // held while a command with a txnNumber runs
	number  int64
	started bool // the number is that of a transaction
	// done are the outcomes of the statements of a retryable write: when it comes again, they are not done again.
	done map[int32]bson.D

	state     sync.Mutex
	txn       *engine.Txn // nil once it has ended
	committed bool
	expires   *time.Timer
}

// abandon aborts the transaction of a session, if there is one.
func (x *session) abandon() {
	x.state.Lock()
	defer x.state.Unlock()
	x.finish()
}

// finish forgets the transaction, which is aborted if it was not committed. state is held.
func (x *session) finish() {
	if x.txn != nil {
		x.txn.Abort()
		x.expires.Stop()
		x.txn = nil
	}
}

func (x *session) transaction() *engine.Txn {
	x.state.Lock()
	defer x.state.Unlock()
	return x.txn
}

func (x *session) begin(e *engine.Engine, lifetime time.Duration) {
	x.state.Lock()
	defer x.state.Unlock()
	x.committed = false
	x.txn = e.Begin()
	x.expires = time.AfterFunc(lifetime, x.txn.Abort)
}

// inSession runs a command by what its session and its read concern say.
func (r *request) inSession(c command) (bson.D, error) {
	if r.TxnNumber == nil {
		if err := r.readAt(); err != nil {
			return nil, err
		}
		return c.run(r)
	}
	if r.server.options.Standalone {
		return nil, fail.New(fail.IllegalOperation, "Transaction numbers are only allowed on a replica set member or mongos")
	}
	if r.LSID == nil {
		return nil, fail.New(fail.InvalidOptions, "Transaction number requires a session ID to also be specified")
	}
	r.session = r.server.session(r.LSID)
	r.session.mu.Lock()
	defer r.session.mu.Unlock()
	if err := r.number(c); err != nil {
		return nil, err
	}
	reply, err := c.run(r)
	if err != nil && r.inTransaction() && r.name != "commitTransaction" {
		r.session.abandon() // an error ends a transaction
	}
	return reply, err
}

func (s *Server) session(lsid bson.Raw) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(lsid)
	if s.sessions[key] == nil {
		s.sessions[key] = &session{number: -1}
	}
	return s.sessions[key]
}

func (r *request) inTransaction() bool { return r.Autocommit != nil }

// number compares the txnNumber with what the session knows, and starts what is new.
func (r *request) number(c command) error {
	x, n := r.session, *r.TxnNumber
	switch {
	case n < x.number:
		return fail.New(fail.TransactionTooOld, "Cannot start transaction %d because a newer transaction %d has already started", n, x.number)
	case !r.inTransaction():
		return r.retryable(c)
	case *r.Autocommit:
		return fail.New(fail.InvalidOptions, "autocommit may only be false")
	case !c.transaction:
		return fail.New(fail.NotSupportedInTransaction, "Cannot run '%s' in a multi-document transaction.", r.name)
	case r.StartTransaction && n == x.number:
		return fail.New(fail.ConflictingOperation, "Only an existing transaction with number %d can be continued", n)
	case r.StartTransaction:
		x.abandon()
		x.number, x.started, x.done = n, true, nil
		x.begin(r.server.engine, r.server.options.TransactionLifetime)
	case n > x.number || !x.started:
		return fail.New(fail.NoSuchTransaction, "Given transaction number %d does not match any in-progress transactions.", n)
	}
	if r.txn = x.transaction(); r.txn == nil && r.name != "commitTransaction" && r.name != "abortTransaction" {
		return fail.New(fail.NoSuchTransaction, "Transaction %d has been aborted.", n)
	}
	return nil
}

// retryable makes the session ready for a write that may come again with the same number.
func (r *request) retryable(c command) error {
	x, n := r.session, *r.TxnNumber
	if !c.retryable {
		return fail.New(fail.InvalidOptions, "txnNumber may only be provided for multi-document transactions and retryable write commands")
	}
	if n > x.number {
		x.abandon()
		x.number, x.started, x.done = n, false, map[int32]bson.D{}
	}
	if x.started {
		return fail.New(fail.ConflictingOperation, "txnNumber %d is that of a transaction", n)
	}
	return nil
}

// once does a statement, unless it is one of a retryable write that was done already: then it gives the outcome of
// that.
func (r *request) once(statement int, do func() (bson.D, error)) (bson.D, error) {
	if r.session == nil || r.inTransaction() {
		return do()
	}
	if outcome, ok := r.session.done[int32(statement)]; ok {
		return outcome, nil
	}
	outcome, err := do()
	if err == nil {
		r.session.done[int32(statement)] = outcome
	}
	return outcome, err
}

func commitTransaction(r *request) (bson.D, error) {
	x := r.session
	if x == nil || !r.inTransaction() {
		return nil, fail.New(fail.InvalidOptions, "commitTransaction must be run in a transaction")
	}
	x.state.Lock()
	defer x.state.Unlock()
	if x.txn == nil {
		if x.committed {
			return bson.D{}, nil // it comes again
		}
		return nil, fail.New(fail.NoSuchTransaction, "Transaction %d has been aborted.", x.number)
	}
	err := x.txn.Commit()
	x.committed = err == nil
	x.finish()
	return bson.D{}, err
}

func abortTransaction(r *request) (bson.D, error) {
	x := r.session
	switch {
	case x == nil || !r.inTransaction():
		return nil, fail.New(fail.InvalidOptions, "abortTransaction must be run in a transaction")
	case x.transaction() != nil:
		x.abandon()
		return bson.D{}, nil
	case x.committed:
		return nil, fail.New(fail.TransactionCommitted, "Transaction %d has been committed.", x.number)
	}
	return nil, fail.New(fail.NoSuchTransaction, "Transaction %d has been aborted.", x.number)
}

func endSessions(r *request) (bson.D, error) {
	var args struct {
		Sessions []bson.Raw `bson:"endSessions"`
	}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	for _, lsid := range args.Sessions {
		if x := r.server.sessions[string(lsid)]; x != nil {
			x.abandon()
			delete(r.server.sessions, string(lsid))
		}
	}
	return bson.D{}, nil
}

// transient are the errors after which a whole transaction may be tried again.
var transient = []fail.Code{fail.WriteConflict, fail.NoSuchTransaction, fail.NotWritablePrimary, fail.NotPrimaryNoSecondaryOk}

// labels are the errorLabels for a code (MongoDB's transactions and retryable writes specifications).
func (r *request) labels(code fail.Code) []string {
	var out []string
	if r.inTransaction() && slices.Contains(transient, code) && (r.name != "commitTransaction" || code != fail.NotWritablePrimary) {
		out = append(out, "TransientTransactionError")
	}
	retried := r.TxnNumber != nil && (!r.inTransaction() || r.name == "commitTransaction" || r.name == "abortTransaction")
	if retried && code == fail.NotWritablePrimary {
		out = append(out, "RetryableWriteError")
	}
	return out
}
