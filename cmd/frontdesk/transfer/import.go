package transfer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
)

// Importer brings sources into a store. A faulty line or entry is reported and passed over, unless Strict.
type Importer struct {
	Session *store.Session
	// Done says whether a checkpoint was committed by an earlier run; nil takes none for done.
	Done func(ctx context.Context, checkpoint string) (bool, error)
	// Plan takes a batch or transaction apart: the changes of the entries that are good, and an error that names what
	// is wrong with the others. Both name an entry as "Bundle.entry[3]".
	Plan   func(*codec.Bundle) ([]store.Change, error)
	Limits codec.Limits
	Strict bool // stop at the first fault
	Apart  bool // Bundles of type collection and searchset are taken apart; else they are stored as the resources they are
	// Report is told each fault, where it stands and why, one at a time.
	Report func(source string, line int, err error)
	// Progress is told how many bytes of the sources and how many resources were done since the last call, one call at
	// a time.
	Progress func(bytes int64, resources int)
}

// Summary is what an import did.
type Summary struct {
	Resources int64 // written, or already there by a conditional create
	Faults    int64 // lines, entries and transactions that were not written
	Skipped   int64 // resources that an earlier run had written
}

// Namespace is where checkpoints are kept among a store's records. Each is committed together with the resources it
// stands for, so that after a crash nothing is missing and nothing is written twice.
const Namespace = "import"

// inFlight is how many pieces are decoded, and how many committed, at the same time: enough to keep the one writer of
// the embedded store busy. inFlightBytes bounds the memory of those that are large; decoded they take some ten times as
// much.
const (
	inFlight      = 4
	inFlightBytes = 16 << 20
)

// errStrict ends a strict import; the fault itself has been reported.
var errStrict = errors.New("stopped at the first fault, as --strict asks")

// Run imports sources in order. What fails because something isn't there yet is tried again after the rest. The error
// is nil if all sources were read to their end, whatever faults were reported on the way.
func (im *Importer) Run(ctx context.Context, sources []Source) (Summary, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{Importer: im, stop: cancel, busy: map[fhir.Key]int{}, slots: make(chan struct{}, inFlight),
		room: semaphore.NewWeighted(inFlightBytes), late: map[string]lateFault{}}
	r.pass(ctx, sources)
	for before := -1; len(r.late) > 0 && len(r.late) != before && ctx.Err() == nil; {
		before = len(r.late)
		r.retry, r.late = r.late, map[string]lateFault{}
		r.pass(ctx, sources)
	}
	if ctx.Err() == nil {
		r.reportLate(sources)
	}
	return Summary{r.resources.Load(), r.faults.Load(), r.skipped.Load()}, context.Cause(ctx)
}

// run is the state of one Run.
type run struct {
	*Importer
	stop                       context.CancelCauseFunc
	resources, faults, skipped atomic.Int64
	telling                    sync.Mutex // Report and Progress are called under it
	commits                    sync.WaitGroup
	slots                      chan struct{}
	room                       *semaphore.Weighted // bytes
	mu                         sync.Mutex
	busy                       map[fhir.Key]int     // what the commits in flight write
	late                       map[string]lateFault // by checkpoint: what is to be tried again after this pass
	retry                      map[string]lateFault // what this pass tries again; nil in the first
}

// pass goes once through the sources.
func (r *run) pass(ctx context.Context, sources []Source) {
	queue := make(chan *job, inFlight)
	go r.read(ctx, sources, queue)
	for j := range queue {
		<-j.decoded
		r.admit(j)
		r.commits.Add(1)
		go func() {
			defer r.commits.Done()
			defer r.leave(j)
			r.commit(ctx, j)
		}()
	}
	r.commits.Wait()
}

// read cuts sources into jobs, in order, and decodes them side by side.
func (r *run) read(ctx context.Context, sources []Source, queue chan<- *job) {
	defer close(queue)
	wanted := r.pieces()
	for i := range sources {
		s := &sources[i]
		if r.retry != nil && s.stream {
			continue
		}
		err := split(s, r.Limits.Bytes, func(line int, err error) { r.unreadable(s, line, err) }, func(p piece) error {
			if wanted != nil && !wanted[p.key] {
				return nil
			}
			if r.room.Acquire(ctx, p.cost()) != nil {
				return context.Cause(ctx)
			}
			j := &job{piece: p, decoded: make(chan struct{})}
			go func() {
				defer close(j.decoded)
				r.decode(j)
			}()
			select {
			case queue <- j:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
		if err != nil {
			r.stop(err)
			return
		}
	}
}

// cost is how much of inFlightBytes a piece takes.
func (p *piece) cost() int64 { return min(p.bytes, inFlightBytes) }

// admit waits for a place, and for the commits in flight that write what the job writes too: the later line must win.
func (r *run) admit(j *job) {
	r.slots <- struct{}{}
	r.mu.Lock()
	clash := false
	for k := range j.keys {
		clash = clash || r.busy[k] > 0
	}
	r.mu.Unlock()
	if clash {
		r.commits.Wait()
	}
	r.mu.Lock()
	for k := range j.keys {
		r.busy[k]++
	}
	r.mu.Unlock()
}

// leave gives the place back.
func (r *run) leave(j *job) {
	r.mu.Lock()
	for k := range j.keys {
		if r.busy[k]--; r.busy[k] == 0 {
			delete(r.busy, k)
		}
	}
	r.mu.Unlock()
	<-r.slots
	r.room.Release(j.cost())
	if r.retry == nil {
		r.progress(j.bytes, 0)
	}
}

// unreadable is a fault of what can't be decoded. It is reported in the first pass.
func (r *run) unreadable(s *Source, line int, err error) {
	if r.retry == nil {
		r.fault(s, line, err)
	}
}

func (r *run) fault(s *Source, line int, err error) {
	r.faults.Add(1)
	r.telling.Lock()
	r.Report(s.Name, line, err)
	r.telling.Unlock()
	if r.Strict {
		r.stop(errStrict)
	}
}

func (r *run) progress(bytes int64, resources int) {
	r.resources.Add(int64(resources))
	r.telling.Lock()
	r.Progress(bytes, resources)
	r.telling.Unlock()
}
