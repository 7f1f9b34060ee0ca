package measure

import (
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Latency is the distribution of the successful requests' latencies, in
// milliseconds. All fields are 0 when there was none.
type Latency struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// Summary is what was measured of one operation, or of all together. Its JSON
// field names are stable.
type Summary struct {
	// Requests is Succeeded plus Errors.
	Requests  int64 `json:"requests"`
	Succeeded int64 `json:"succeeded"`
	Errors    int64 `json:"errors"`
	// RequestsPerSecond and ResourcesPerSecond count successful requests only.
	RequestsPerSecond  float64 `json:"requests_per_s"`
	Resources          int64   `json:"resources"`
	ResourcesPerSecond float64 `json:"resources_per_s"`
	BytesReceived      int64   `json:"bytes_received"`
	LatencyMS          Latency `json:"latency_ms"`
	// ByStatus counts all responses by HTTP status.
	ByStatus map[string]int64 `json:"by_status"`
	// Faults counts transport errors by kind, and batches with failed entries.
	Faults map[string]int64 `json:"faults"`
	// FirstError is an example, empty when there was no error.
	FirstError string `json:"first_error,omitempty"`
}

// Summary sums up operation op over elapsed.
func (r *Recorder) Summary(op int, elapsed time.Duration) Summary {
	return r.ops[op].summary(elapsed)
}

// Total sums up all operations over elapsed.
func (r *Recorder) Total(elapsed time.Duration) Summary {
	all := newTally()
	for i := range r.ops {
		all.merge(&r.ops[i])
	}
	return all.summary(elapsed)
}

func (t *tally) summary(elapsed time.Duration) Summary {
	byStatus := make(map[string]int64, len(t.status))
	for status, n := range t.status {
		byStatus[strconv.Itoa(status)] = n
	}
	return Summary{
		Requests:           t.succeeded + t.failed,
		Succeeded:          t.succeeded,
		Errors:             t.failed,
		RequestsPerSecond:  rate(t.succeeded, elapsed),
		Resources:          t.resources,
		ResourcesPerSecond: rate(t.resources, elapsed),
		BytesReceived:      t.bytes,
		LatencyMS:          latency(t.latency),
		ByStatus:           byStatus,
		Faults:             t.faults,
		FirstError:         t.firstError,
	}
}

func latency(h *hdrhistogram.Histogram) Latency {
	const micro = 1000.0
	return Latency{
		Mean: h.Mean() / micro,
		P50:  float64(h.ValueAtQuantile(50)) / micro,
		P95:  float64(h.ValueAtQuantile(95)) / micro,
		P99:  float64(h.ValueAtQuantile(99)) / micro,
		Max:  float64(h.Max()) / micro,
	}
}

func rate(n int64, elapsed time.Duration) float64 {
	if elapsed <= 0 {
		return 0
	}
	return float64(n) / elapsed.Seconds()
}
