package report

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"frontdesk/cmd/fhirload/load"
	"frontdesk/cmd/fhirload/measure"
)

// result is n requests of latency each in one second, and one failed request.
func result(n int, latency time.Duration) load.Result {
	r := measure.NewRecorder(2)
	for range n {
		r.Add(0, measure.Sample{Status: 200, Latency: latency, Resources: 1})
	}
	r.Add(1, measure.Sample{Status: 404, Detail: "GET Patient/x: 404"})
	return load.Result{Elapsed: time.Second, StoppedBy: "count", Recorder: r}
}

func twoServers() *Report {
	r := &Report{Workload: "crud", Seed: 5, Concurrency: 3}
	r.Add("http://a/fhir", []string{"read", "update"}, result(100, 10*time.Millisecond))
	r.Add("http://b/fhir", []string{"read", "update"}, result(250, 4*time.Millisecond))
	return r
}

func TestRatioIsSecondByFirst(t *testing.T) {
	r := twoServers()
	for _, name := range []string{"read", "all"} {
		got := r.Ratios[name]
		if math.Abs(got.RequestsPerSecond-2.5) > 0.001 || math.Abs(got.P50-0.4) > 0.001 || math.Abs(got.Max-0.4) > 0.001 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := r.Ratios["update"]; got != (Ratio{}) {
		t.Errorf("nothing succeeded, ratio %+v", got)
	}
	if r.Errors() != 2 {
		t.Errorf("%d errors", r.Errors())
	}
}

func TestTextShowsBothServersAndTheRatio(t *testing.T) {
	var out bytes.Buffer
	if err := twoServers().Text(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"A  http://a/fhir", "B  http://b/fhir", "B/A", "2.50", "0.40", "404 × 1", "first error of update: GET Patient/x"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// The names are promised to scripts.
func TestJSONFieldNames(t *testing.T) {
	var out bytes.Buffer
	if err := twoServers().JSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Workload string
		Servers  []struct {
			Base       string
			StoppedBy  string  `json:"stopped_by"`
			ElapsedS   float64 `json:"elapsed_s"`
			All        map[string]any
			Operations []map[string]any
		}
		Ratios map[string]map[string]float64
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Servers) != 2 || got.Servers[1].Base != "http://b/fhir" || got.Servers[0].StoppedBy != "count" || got.Servers[0].ElapsedS != 1 {
		t.Fatalf("servers: %+v", got.Servers)
	}
	for _, name := range []string{"requests", "succeeded", "errors", "requests_per_s", "resources", "resources_per_s",
		"bytes_received", "latency_ms", "by_status", "faults"} {
		if _, ok := got.Servers[0].All[name]; !ok {
			t.Errorf("all has no %q", name)
		}
		if _, ok := got.Servers[0].Operations[0][name]; !ok {
			t.Errorf("an operation has no %q", name)
		}
	}
	for _, name := range []string{"mean", "p50", "p95", "p99", "max"} {
		if _, ok := got.Servers[0].All["latency_ms"].(map[string]any)[name]; !ok {
			t.Errorf("latency_ms has no %q", name)
		}
	}
	if got.Ratios["all"]["requests_per_s"] < 2.4 {
		t.Errorf("ratios: %v", got.Ratios)
	}
}
