package measure

import (
	"math"
	"testing"
	"time"
)

// 1 ms to 1000 ms, spread over two workers: the percentiles are known.
func TestPercentilesOfMergedRecorders(t *testing.T) {
	workers := []*Recorder{NewRecorder(1), NewRecorder(1)}
	for ms := 1; ms <= 1000; ms++ {
		workers[ms%2].Add(0, Sample{Status: 200, Latency: time.Duration(ms) * time.Millisecond, Resources: 2, Bytes: 10})
	}
	workers[0].Merge(workers[1])
	got := workers[0].Summary(0, 10*time.Second)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"p50", got.LatencyMS.P50, 500},
		{"p95", got.LatencyMS.P95, 950},
		{"p99", got.LatencyMS.P99, 990},
		{"max", got.LatencyMS.Max, 1000},
		{"mean", got.LatencyMS.Mean, 500.5},
		{"requests_per_s", got.RequestsPerSecond, 100},
		{"resources_per_s", got.ResourcesPerSecond, 200},
	} {
		if math.Abs(c.got-c.want) > c.want*0.001 {
			t.Errorf("%s = %v, want %v within 0.1%%", c.name, c.got, c.want)
		}
	}
	if got.BytesReceived != 10_000 {
		t.Errorf("bytes = %d", got.BytesReceived)
	}
}

func TestErrorsAreCountedApartAndKeepOutOfTheLatency(t *testing.T) {
	r := NewRecorder(2)
	r.Add(0, Sample{Status: 201, Latency: time.Second})
	r.Add(0, Sample{Status: 422, Latency: time.Microsecond, Detail: "first"})
	r.Add(0, Sample{Status: 422, Latency: time.Microsecond, Detail: "second"})
	r.Add(0, Sample{Status: 302, Latency: time.Microsecond})
	r.Add(1, Sample{Fault: "timeout", Latency: time.Hour})
	r.Add(1, Sample{Status: 200, Fault: "bundle-entry"})
	all := r.Total(time.Second)
	if all.Requests != 6 || all.Succeeded != 1 || all.Errors != 5 {
		t.Errorf("requests %d, succeeded %d, errors %d", all.Requests, all.Succeeded, all.Errors)
	}
	if all.ByStatus["422"] != 2 || all.ByStatus["302"] != 1 || all.ByStatus["201"] != 1 || all.ByStatus["200"] != 1 {
		t.Errorf("by status: %v", all.ByStatus)
	}
	if all.Faults["timeout"] != 1 || all.Faults["bundle-entry"] != 1 {
		t.Errorf("faults: %v", all.Faults)
	}
	if all.FirstError != "first" {
		t.Errorf("first error %q", all.FirstError)
	}
	if all.LatencyMS.P50 < 999 || all.LatencyMS.Max > 1001 {
		t.Errorf("latency %+v holds a failed request", all.LatencyMS)
	}
	if second := r.Summary(1, time.Second); second.Requests != 2 || second.ByStatus["201"] != 0 {
		t.Errorf("second operation: %+v", second)
	}
}

func TestNothingMeasuredIsZeroNotNaN(t *testing.T) {
	got := NewRecorder(1).Total(0)
	if got.RequestsPerSecond != 0 || got.LatencyMS != (Latency{}) {
		t.Errorf("got %+v", got)
	}
}

func TestLatencyBeyondTheRangeIsClamped(t *testing.T) {
	r := NewRecorder(1)
	r.Add(0, Sample{Status: 200, Latency: 24 * time.Hour})
	if got := r.Total(time.Second).LatencyMS.Max; math.Abs(got-600_000) > 600 {
		t.Errorf("max = %v ms", got)
	}
}
