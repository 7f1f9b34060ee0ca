package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/jobs"
)

// TestJobs holds a backend to what package jobs makes of its records.
func TestJobs(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, *kit){
		"done, kept and removed": jobKept,
		"taken over":             jobTakenOver,
		"answers get lost":       jobAnswersLost,
		"cancelled":              jobCancelled,
		"failures":               jobFailures,
		"bounds":                 jobBounds,
	} {
		t.Run(name, func(t *testing.T) { test(t, newKit(t, open)) })
	}
}

// queue is a Queue by which jobs are taken over soon. now, if not nil, is its clock.
func (k *kit) queue(b store.Backend, now func() time.Time) *jobs.Queue { return k.trying(b, 3, now) }

// trying is a queue that gives up after so many tries.
func (k *kit) trying(b store.Backend, tries int, now func() time.Time) *jobs.Queue {
	return jobs.New(store.Open(b, k.r, store.Options{}), jobs.Options{Lease: 100 * time.Millisecond,
		Backoff: time.Millisecond,
		Tries:   tries, PerOwner: 2, Bytes: 1 << 20, Logger: slog.New(slog.DiscardHandler), Now: now})
}

// lines is a job that writes so many numbered lines, ten in a Step.
func lines(upto int, after func(done int64)) jobs.Do {
	return func(ctx context.Context, r *jobs.Run) ([]byte, error) {
		for r.Job.Done < int64(upto) {
			var data []byte
			for n := range 10 {
				data = fmt.Appendf(data, "line %d\n", int(r.Job.Done)+n)
			}
			step := jobs.Step{Checkpoint: fmt.Append(nil, r.Job.Done+10), Done: r.Job.Done + 10, Total: int64(upto),
				Chunks: []jobs.Chunk{{File: "lines", Data: data, Count: 10}}}
			if err := r.Save(ctx, step); err != nil {
				return nil, err
			}
			after(r.Job.Done)
		}
		return []byte("all"), nil
	}
}

// working runs a Queue's jobs until the test ends.
func (k *kit) working(q *jobs.Queue, do jobs.Do) (stop func()) {
	ctx, cancel := context.WithCancel(k.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = q.Work(ctx, "lines", do)
	}()
	return func() { cancel(); <-ended }
}

// ended waits for the end of a job.
func (k *kit) ended(q *jobs.Queue, id string) jobs.Job {
	k.t.Helper()
	for tick := time.Tick(2 * time.Millisecond); ; <-tick {
		j, err := q.Get(k.t.Context(), id)
		if err != nil {
			k.t.Fatal(err)
		}
		if !j.State.Open() {
			return j
		}
	}
}

// written asserts that a job has written each line once.
func (k *kit) written(q *jobs.Queue, j *jobs.Job, upto int) {
	k.t.Helper()
	want := ""
	for n := range upto {
		want += fmt.Sprintf("line %d\n", n)
	}
	in, err := q.Open(k.t.Context(), j, "lines")
	if err != nil {
		k.t.Fatal(err)
	}
	got, err := io.ReadAll(in)
	if err != nil || string(got) != want {
		k.t.Errorf("the file is %d bytes, %v; want %d:\n%s", len(got), err, len(want), got)
	}
	if f := j.File("lines"); f.Count != int64(upto) || f.Bytes != int64(len(want)) {
		k.t.Errorf("the file is said to be %+v", f)
	}
}

func (k *kit) add(q *jobs.Queue, owner string) jobs.Job {
	k.t.Helper()
	j, err := q.Add(k.t.Context(), "lines", owner, []byte("input"))
	if err != nil {
		k.t.Fatal(err)
	}
	return j
}

func jobKept(t *testing.T, k *kit) {
	var later atomic.Int64
	q := k.queue(k.b, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	added := k.add(q, "client/a b")
	stop := k.working(q, lines(50, func(int64) {}))
	j := k.ended(q, added.ID)
	stop()
	if j.State != jobs.Done || string(j.Result) != "all" || string(j.Input) != "input" || j.Done != 50 ||
		j.Total != 50 || j.Steps != 5 {
		t.Errorf("the end is %+v", j)
	}
	k.written(q, &j, 50)
	for owner, want := range map[string]int{"client/a b": 1, "client/a": 0, "client": 0} {
		if list, err := q.List(t.Context(), owner); err != nil || len(list) != want {
			t.Errorf("%s has %d jobs, %v", owner, len(list), err)
		}
	}
	later.Store(int64(25 * time.Hour))
	if _, err := q.Get(t.Context(), j.ID); fhir.KindOf(err) != fhir.NotFound {
		t.Errorf("after it has expired: %v", err)
	}
	defer k.working(q, lines(10, func(int64) {}))()
	for tick := time.Tick(2 * time.Millisecond); k.left() != ""; <-tick {
		if t.Context().Err() != nil {
			t.Fatal("not removed before the test ended:", k.left())
		}
	}
}

// left are the records that jobs have.
func (k *kit) left() (out string) {
	for _, namespace := range []string{"jobs", "jobs.open", "jobs.owner", "jobs.chunk"} {
		out += k.scan(namespace, "")
	}
	return out
}

// cutOff is a backend that a process can't write to for a while.
type cutOff struct {
	store.Backend
	cut atomic.Bool
}

func (b *cutOff) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	if b.cut.Load() {
		return nil, fhir.Errorf(fhir.Unavailable, "", "cut off")
	}
	return b.Backend.Apply(ctx, batch)
}

// jobTakenOver: a process that is cut off in the middle loses the job to another, which goes on from the last Step.
func jobTakenOver(t *testing.T, k *kit) {
	here := &cutOff{Backend: k.b}
	q := k.queue(here, nil)
	j := k.add(q, "a")
	var steps atomic.Int64
	lost := make(chan error, 1)
	stop := k.working(q, func(ctx context.Context, r *jobs.Run) ([]byte, error) {
		_, err := lines(200, func(done int64) {
			steps.Add(1)
			here.cut.Store(done == 100)
		})(ctx, r)
		<-ctx.Done()
		here.cut.Store(false)
		lost <- r.Save(context.WithoutCancel(ctx), jobs.Step{Chunks: []jobs.Chunk{{File: "lines",
			Data: []byte("late\n")}}})
		return nil, err
	})
	other := k.queue(k.b, nil)
	for tick := time.Tick(time.Millisecond); !here.cut.Load(); <-tick { // the first has it
	}
	defer k.working(other, lines(200, func(int64) { steps.Add(1) }))()
	end := k.ended(other, j.ID)
	if err := <-lost; fhir.KindOf(err) != fhir.Conflict || err == nil {
		t.Errorf("who lost the job saved still: %v", err)
	}
	stop()
	k.written(other, &end, 200)
	if steps.Load() != 20 || end.State != jobs.Done {
		t.Errorf("%d Steps, want 20: the other went on from the last one; %+v", steps.Load(), end)
	}
}

// forgetful is a backend of which some answers get lost: what was asked for was done, or it wasn't.
type forgetful struct{ store.Backend }

func (b *forgetful) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	luck := rand.IntN(8)
	if luck == 0 {
		return nil, fhir.Errorf(fhir.Unavailable, "", "not done")
	}
	out, err := b.Backend.Apply(ctx, batch)
	if luck == 1 && err == nil {
		return nil, fhir.Errorf(fhir.Unavailable, "", "done, and nobody told")
	}
	return out, err
}

// jobAnswersLost: whatever becomes of the answers, each line is written once.
func jobAnswersLost(t *testing.T, k *kit) {
	q := k.trying(&forgetful{k.b}, 1000, nil)
	j := k.add(k.queue(k.b, nil), "a")
	defer k.working(q, lines(300, func(int64) {}))()
	end := k.ended(q, j.ID)
	k.written(q, &end, 300)
}

func jobCancelled(t *testing.T, k *kit) {
	q := k.queue(k.b, nil)
	j, began := k.add(q, "a"), make(chan struct{})
	saved := make(chan error, 1)
	defer k.working(q, func(ctx context.Context, r *jobs.Run) ([]byte, error) {
		close(began)
		<-ctx.Done()
		err := r.Save(context.WithoutCancel(ctx), jobs.Step{Done: 1})
		saved <- err
		return nil, err
	})()
	<-began
	if got, err := q.Cancel(t.Context(), j.ID); err != nil || got.State != jobs.Cancelled || got.Expires.IsZero() {
		t.Fatalf("cancelled: %+v, %v", got, err)
	}
	if err := <-saved; err == nil || fhir.KindOf(err) != fhir.Conflict {
		t.Errorf("a cancelled job saved a Step: %v", err)
	}
	if got, err := q.Cancel(t.Context(), j.ID); err != nil || got.State != jobs.Cancelled || got.Done != 0 {
		t.Errorf("cancelled again: %+v, %v", got, err)
	}
	if err := q.Remove(t.Context(), j.ID); err != nil || k.left() != "" {
		t.Errorf("removed: %v, left is %q", err, k.left())
	}
	if _, err := q.Cancel(t.Context(), j.ID); fhir.KindOf(err) != fhir.NotFound {
		t.Errorf("cancelled when it's gone: %v", err)
	}
}

// jobFailures: what was asked wrongly fails at once, what goes wrong is tried again, and what never gets on is given
// up.
func jobFailures(t *testing.T, k *kit) {
	q, tries := k.queue(k.b, nil), 0
	defer k.working(q, func(ctx context.Context, r *jobs.Run) ([]byte, error) {
		tries++
		switch r.Owner {
		case "wrong":
			return nil, fhir.Errorf(fhir.Unprocessable, "", "Ask for something else.")
		case "panics":
			if tries < 3 {
				panic("once more")
			}
			return nil, nil
		}
		return nil, errors.New("the network is away")
	})()
	for _, c := range []struct {
		owner, says string
		state       jobs.State
		tries       int
	}{{"wrong", "Ask for something else.", jobs.Failed, 1}, {"panics", "", jobs.Done, 3}, {"never", "begun 3 times",
		jobs.Failed, 3}} {
		tries = 0
		if j := k.ended(q, k.add(q, c.owner).ID); j.State != c.state || !strings.Contains(j.Error, c.says) ||
			tries != c.tries {
			t.Errorf("%s: %+v after %d tries, want %d", c.owner, j, tries, c.tries)
		}
	}
}

func jobBounds(t *testing.T, k *kit) {
	q := k.queue(k.b, nil)
	k.add(q, "a")
	second := k.add(q, "a")
	if _, err := q.Add(t.Context(), "lines", "a", nil); fhir.KindOf(err) != fhir.Throttled {
		t.Errorf("a third open job: %v", err)
	}
	if _, err := q.Add(t.Context(), "lines", "b", make([]byte, 2<<20)); fhir.KindOf(err) != fhir.TooLarge ||
		err == nil {
		t.Errorf("an input of 2 MB: %v", err)
	}
	if err := q.Remove(t.Context(), second.ID); fhir.KindOf(err) != fhir.Conflict {
		t.Errorf("removed before its end: %v", err)
	}
	random := make([]byte, 800<<10)
	for i := range random {
		random[i] = byte(rand.Uint32())
	}
	defer k.working(q, func(ctx context.Context, r *jobs.Run) ([]byte, error) {
		for range 2 {
			if err := r.Save(ctx, jobs.Step{Chunks: []jobs.Chunk{{File: "large", Data: random}}}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})()
	if j := k.ended(q, second.ID); j.State != jobs.Failed || !strings.Contains(j.Error, "1048576 bytes") ||
		j.File("large").Chunks != 1 {
		t.Errorf("too much in its files: %+v", j)
	}
	k.add(q, "a")
}

// TestJobsCrash kills a process that does a job, as by kill -9, several times; the next ones go on, and in the end
// each line is there once.
func TestJobsCrash(t *testing.T, open Opener) {
	const upto = 1000
	if dir := os.Getenv(crashDir); dir != "" {
		k := child(t, open, dir)
		q := k.queue(k.b, nil)
		if os.Getenv(crashRound) == "0" {
			fmt.Println("job " + k.add(q, "a").ID)
		}
		_ = q.Work(t.Context(), "lines", lines(upto, func(int64) { fmt.Println("ack") }))
		return
	}
	dir, id := t.TempDir(), ""
	for round := range crashRounds {
		enough, n := 1+rand.IntN(upto/10/crashRounds-1), 0
		killed(t, func(line string) (ours, now bool) {
			if added, ok := strings.CutPrefix(line, "job "); ok {
				id = added
				return true, false
			}
			if ours = line == "ack"; ours {
				n++
			}
			return ours, ours && n == enough
		}, crashDir+"="+dir, fmt.Sprintf("%s=%d", crashRound, round))
	}
	k := reopened(t, open, dir)
	q := k.queue(k.b, nil)
	defer k.working(q, lines(upto, func(int64) {}))()
	j := k.ended(q, id)
	k.written(q, &j, upto)
	t.Logf("%d Steps by %d processes that were killed and one that wasn't", j.Steps, crashRounds)
}
