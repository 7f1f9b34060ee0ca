package mongotest

import (
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/mongotest/fail"
)

// Kind is what goes wrong.
type Kind int

const (
	// WriteConflict fails a command of a transaction, which is aborted. Commands outside of transactions are left
	// alone: there the server tries again by itself.
	WriteConflict Kind = iota + 1
	// NotPrimary fails a command as a member does that has just stepped down.
	NotPrimary
	// DropBefore cuts the connection instead of doing the command.
	DropBefore
	// DropAfter does the command and cuts the connection instead of telling.
	DropAfter
	// Slow waits for Delay, or until maxTimeMS has passed, before the command.
	Slow
	// CursorKilled is a getMore whose cursor is gone.
	CursorKilled
	// UnknownCommitResult commits, and says that it isn't known whether a majority has it.
	UnknownCommitResult
	// Forgotten commits, and answers as a server that knows nothing of the transaction any more.
	Forgotten
	// Unlabelled is a WriteConflict without the label that says that it may be tried again, as routers and old servers
	// answer.
	Unlabelled
	// CacheFull fails a command of a transaction that is larger than the server's cache lets one be.
	CacheFull
)

// Fault says when something goes wrong: with the Nth of the commands it is about, with every Every-th, and with each by
// a Probability.
type Fault struct {
	Command     string // "" is every command but hello
	Kind        Kind
	Nth, Every  int
	Probability float64
	Seed        uint64 // of the Probability
	Times       int    // at most so often; 0: no limit
	Delay       time.Duration
}

// aborts says that it is about commands of a transaction only, which it ends.
func (k Kind) aborts() bool { return k == WriteConflict || k == Unlabelled || k == CacheFull }

func (f Fault) cuts() bool      { return f.Kind == DropBefore || f.Kind == DropAfter }
func (f Fault) cutsAfter() bool { return f.Kind == DropAfter }

// Injected is a Fault of a running Server.
type Injected struct {
	Fault
	server      *Server
	random      *rand.Rand
	seen, fired int // guarded by server.mu
	off         bool
}

// Inject adds a fault.
func (s *Server) Inject(f Fault) *Injected {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := &Injected{Fault: f, server: s, random: rand.New(rand.NewPCG(f.Seed, f.Seed))}
	s.faults = append(s.faults, i)
	return i
}

// Fired is how often it has happened.
func (i *Injected) Fired() int {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	return i.fired
}

// Stop lets it not happen any more.
func (i *Injected) Stop() {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	i.off = true
}

// count counts a command and gives the faults that are due with it.
func (s *Server) count(r *request) []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands[r.name]++
	_, inTransaction := r.doc.Lookup("autocommit").BooleanOK()
	hello := r.name == "hello" || r.name == "isMaster" || r.name == "ismaster"
	var due []Fault
	for _, i := range s.faults {
		wrong := i.Command != r.name && (i.Command != "" || hello)
		if i.off || wrong || i.Kind.aborts() && !inTransaction || i.Kind == CursorKilled && r.name != "getMore" ||
			(i.Kind == UnknownCommitResult || i.Kind == Forgotten) && r.name != "commitTransaction" {
			continue
		}
		i.seen++
		if now := i.seen == i.Nth || i.Every > 0 && i.seen%i.Every == 0 || i.random.Float64() < i.Probability; !now {
			continue
		}
		if i.Times == 0 || i.fired < i.Times {
			i.fired++
			due = append(due, i.Fault)
		}
	}
	return due
}

// before does what goes wrong before a command is done: the connection is to be cut, or the command fails.
func (r *request) before(faults []Fault) (cut bool, err error) {
	for _, f := range faults {
		switch f.Kind {
		case DropBefore:
			return true, nil
		case Slow:
			if err := r.wait(f.Delay); err != nil {
				return false, err
			}
		case WriteConflict:
			r.server.session(r.LSID).abandon()
			return false, fail.New(fail.WriteConflict, "Write conflict (injected)")
		case Unlabelled:
			r.server.session(r.LSID).abandon()
			return false, &fail.Error{Code: fail.WriteConflict, Text: "Write conflict (injected)", Bare: true}
		case CacheFull:
			r.server.session(r.LSID).abandon()
			return false, fail.New(fail.TransactionTooLargeForCache, "transaction is too large and will not fit in the storage engine cache (injected)")
		case NotPrimary:
			if r.Autocommit != nil {
				r.server.session(r.LSID).abandon()
			}
			return false, fail.New(fail.NotWritablePrimary, "not primary (injected)")
		case CursorKilled:
			return false, fail.New(fail.CursorNotFound, "cursor id not found (injected)")
		}
	}
	return false, nil
}

func (r *request) wait(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.ctx.Done():
		return fail.New(fail.MaxTimeMSExpired, "operation exceeded time limit")
	}
}

// after does what goes wrong when a command was done.
func (r *request) after(faults []Fault, reply bson.D) (bson.D, bool) {
	for _, f := range faults {
		switch f.Kind {
		case DropAfter:
			return nil, true
		case Forgotten:
			return r.failure(fail.New(fail.NoSuchTransaction, "Transaction isn't known (injected)")), false
		case UnknownCommitResult:
			reply = append(reply, bson.E{Key: "writeConcernError", Value: bson.D{
				{Key: "code", Value: int32(fail.WriteConcernTimeout)}, {Key: "codeName", Value: fail.WriteConcernTimeout.String()},
				{Key: "errmsg", Value: "waiting for replication timed out (injected)"}}})
		}
	}
	return reply, false
}
