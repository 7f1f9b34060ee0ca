package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/cmd/fhirload/measure"
)

const (
	// grace is how long requests in flight may still take when a run ends.
	grace = 5 * time.Second
	// pause keeps a worker from spinning on a server that refuses connections.
	pause = 20 * time.Millisecond
	// detailSize bounds the piece of an error response that is shown.
	detailSize = 400
)

// Plan bounds a run. It ends at the first bound reached, or when its context
// is cancelled.
type Plan struct {
	Concurrency int
	// Duration is the measured time; 0 is no bound.
	Duration time.Duration
	// Count is the number of measured requests; 0 is no bound.
	Count int
	// Warmup comes before the measured time; its requests are not recorded.
	Warmup time.Duration
}

// Result is what a run measured.
type Result struct {
	Elapsed time.Duration
	// StoppedBy is "duration", "count", "interrupt" or "done" (nothing left to send).
	StoppedBy string
	Recorder  *measure.Recorder
}

// run is the state the workers of one run share.
type run struct {
	client *Client
	// measureFrom is when the warm-up is over.
	measureFrom time.Time
	limit       int64
	taken       atomic.Int64
	// hard ends the requests in flight, some time after the run was told to stop.
	hard context.Context
}

// Run sends w to the client's target within plan. It returns what was
// measured so far when ctx is cancelled; an error means that the workload
// could not go on.
func Run(ctx context.Context, client *Client, w Workload, plan Plan) (Result, error) {
	from := time.Now().Add(plan.Warmup)
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if plan.Duration > 0 {
		timer := time.AfterFunc(plan.Warmup+plan.Duration, func() { cancel(errDuration) })
		defer timer.Stop()
	}
	hard, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	defer context.AfterFunc(stop, func() { time.AfterFunc(grace, kill) })()

	r := &run{client: client, measureFrom: from, limit: int64(plan.Count), hard: hard}
	recorders := make([]*measure.Recorder, plan.Concurrency)
	var workers sync.WaitGroup
	for i := range recorders {
		recorders[i] = measure.NewRecorder(len(w.Operations()))
		workers.Go(func() {
			if err := r.work(stop, w.Worker(i), recorders[i]); err != nil {
				cancel(err)
			}
		})
	}
	workers.Wait()
	elapsed := max(time.Since(from), 0)
	for _, other := range recorders[1:] {
		recorders[0].Merge(other)
	}
	by, err := r.stoppedBy(ctx, context.Cause(stop))
	return Result{Elapsed: elapsed, StoppedBy: by, Recorder: recorders[0]}, err
}

var errDuration = errors.New("the duration is over")

func (r *run) stoppedBy(ctx context.Context, cause error) (string, error) {
	switch {
	case ctx.Err() != nil:
		return "interrupt", nil
	case cause == errDuration:
		return "duration", nil
	case cause != nil:
		return "", cause
	case r.limit > 0 && r.taken.Load() > r.limit:
		return "count", nil
	default:
		return "done", nil
	}
}

// work is the loop of one worker.
func (r *run) work(stop context.Context, w Worker, recorder *measure.Recorder) error {
	var keep bytes.Buffer
	for stop.Err() == nil {
		measured := !time.Now().Before(r.measureFrom)
		if measured && r.limit > 0 && r.taken.Add(1) > r.limit {
			return nil
		}
		request, more, err := w.Next(stop)
		if err != nil || !more {
			return err
		}
		op, sample, answered := r.send(w, request, &keep)
		if measured {
			recorder.Add(op, sample)
		}
		if !answered {
			wait(stop, pause)
		}
	}
	return nil
}

// send sends one request, tells the worker of the reply, and says as which
// operation it counts and whether there was a reply.
func (r *run) send(w Worker, request Request, keep *bytes.Buffer) (op int, sample measure.Sample, answered bool) {
	start := time.Now()
	reply, n, err := r.client.Do(r.hard, request, keep)
	op = request.Op
	sample = measure.Sample{Latency: time.Since(start), Status: reply.Status, Bytes: n}
	if err != nil {
		w.Done(request, Reply{})
		sample.Fault, sample.Detail = FaultOf(err), describe(request, reply, err)
		return op, sample, false
	}
	verdict := w.Done(request, reply)
	sample.Resources, sample.Fault = verdict.Resources, verdict.Fault
	if verdict.Instead != 0 {
		op, sample.Reckoned = verdict.Instead, true
		return op, sample, true
	}
	if !reply.OK() || verdict.Fault != "" {
		sample.Detail = describe(request, reply, nil)
	}
	return op, sample, true
}

// wait returns after d, or when ctx is cancelled.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// describe tells which request went wrong and how.
func describe(request Request, reply Reply, err error) string {
	what := request.Method + " " + request.Path
	if request.Query != "" {
		what += "?" + request.Query
	}
	if err != nil {
		return what + ": " + err.Error()
	}
	body := reply.Body
	if len(body) > detailSize {
		body = body[:detailSize]
	}
	return fmt.Sprintf("%s: %d %s", what, reply.Status, bytes.Join(bytes.Fields(body), []byte(" ")))
}
