package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// slowest is the largest latency told apart; longer ones count as this long.
	slowest = 10 * time.Minute
	// digits is the number of significant decimal digits kept: 0.1%.
	digits = 3
)

// Sample is the outcome of one request.
type Sample struct {
	// Latency is from the first byte sent to the last byte of the body read.
	Latency time.Duration
	// Status is the HTTP status, 0 when there was no response.
	Status int
	// Fault names an error that a status does not show: a transport error
	// ("timeout", "refused"), or a failed entry of a batch. Empty for none.
	Fault string
	// Resources is how many resources the request carried or brought back.
	Resources int
	// Bytes is the size of the response body.
	Bytes int64
	// Reckoned says that the status is one the workload reckons with: no error.
	Reckoned bool
	// Detail is shown with the first error of an operation.
	Detail string
}

// failed says whether the request did not do its work. A redirect counts: the
// generator does not follow it, so nothing was read or written.
func (s Sample) failed() bool {
	return s.Fault != "" || (s.Status < 200 || s.Status > 299) && !s.Reckoned
}

// Recorder collects the samples of one worker. It is not safe for concurrent
// use; merge the workers' recorders when they have ended.
type Recorder struct {
	ops []tally
}

// tally is the samples of one operation. Latencies are of successful requests
// only: a quick refusal must not make a server look fast.
type tally struct {
	latency    *hdrhistogram.Histogram
	succeeded  int64
	failed     int64
	resources  int64
	bytes      int64
	status     map[int]int64
	faults     map[string]int64
	firstError string
}

// NewRecorder returns an empty Recorder for operations 0 to ops-1.
func NewRecorder(ops int) *Recorder {
	r := &Recorder{ops: make([]tally, ops)}
	for i := range r.ops {
		r.ops[i] = newTally()
	}
	return r
}

func newTally() tally {
	return tally{
		latency: hdrhistogram.New(1, slowest.Microseconds(), digits),
		status:  map[int]int64{},
		faults:  map[string]int64{},
	}
}

// Add records one sample of operation op.
func (r *Recorder) Add(op int, s Sample) {
	t := &r.ops[op]
	if s.Status != 0 {
		t.status[s.Status]++
	}
	if s.Fault != "" {
		t.faults[s.Fault]++
	}
	if s.failed() {
		t.failed++
		if t.firstError == "" {
			t.firstError = s.Detail
		}
		return
	}
	t.succeeded++
	t.resources += int64(s.Resources)
	t.bytes += s.Bytes
	// The value is clamped to the histogram's range, so this cannot fail.
	_ = t.latency.RecordValue(min(max(s.Latency.Microseconds(), 1), slowest.Microseconds()))
}

// Merge adds what other recorded.
func (r *Recorder) Merge(other *Recorder) {
	for i := range r.ops {
		r.ops[i].merge(&other.ops[i])
	}
}

func (t *tally) merge(o *tally) {
	t.latency.Merge(o.latency)
	t.succeeded += o.succeeded
	t.failed += o.failed
	t.resources += o.resources
	t.bytes += o.bytes
	addTo(t.status, o.status)
	addTo(t.faults, o.faults)
	if t.firstError == "" {
		t.firstError = o.firstError
	}
}

func addTo[K comparable](sum, more map[K]int64) {
	for key, n := range more {
		sum[key] += n
	}
}
