package report

import (
	"encoding/json"
	"io"
	"time"

	"frontdesk/cmd/fhirload/load"
	"frontdesk/cmd/fhirload/measure"
)

// Report is one run of a workload against one or two servers.
type Report struct {
	Workload    string    `json:"workload"`
	Started     time.Time `json:"started"`
	Seed        uint64    `json:"seed"`
	Concurrency int       `json:"concurrency"`
	// Servers are in the order of the command line; they were run one after
	// the other.
	Servers []Server `json:"servers"`
	// Ratios compares the second server to the first, by operation name and
	// "all". It is absent for one server.
	Ratios map[string]Ratio `json:"ratios,omitempty"`
}

// Server is what was measured of one server.
type Server struct {
	Base      string  `json:"base"`
	ElapsedS  float64 `json:"elapsed_s"`
	StoppedBy string  `json:"stopped_by"`
	// All sums up all operations.
	All        measure.Summary `json:"all"`
	Operations []Operation     `json:"operations"`
}

// Operation is what was measured of one operation.
type Operation struct {
	Name string `json:"name"`
	measure.Summary
}

// Ratio is the second server's figure divided by the first's; 0 where the
// first's is 0. More is better for the rates, less for the latencies.
type Ratio struct {
	RequestsPerSecond  float64 `json:"requests_per_s"`
	ResourcesPerSecond float64 `json:"resources_per_s"`
	P50                float64 `json:"p50"`
	P95                float64 `json:"p95"`
	P99                float64 `json:"p99"`
	Max                float64 `json:"max"`
}

// Add adds what was measured of the server at base.
func (r *Report) Add(base string, operations []string, result load.Result) {
	server := Server{
		Base:      base,
		ElapsedS:  result.Elapsed.Seconds(),
		StoppedBy: result.StoppedBy,
		All:       result.Recorder.Total(result.Elapsed),
	}
	for i, name := range operations {
		server.Operations = append(server.Operations, Operation{Name: name, Summary: result.Recorder.Summary(i, result.Elapsed)})
	}
	r.Servers = append(r.Servers, server)
	if len(r.Servers) == 2 {
		r.compare(r.Servers[0], r.Servers[1])
	}
}

func (r *Report) compare(a, b Server) {
	r.Ratios = map[string]Ratio{"all": ratio(a.All, b.All)}
	for i, op := range a.Operations {
		r.Ratios[op.Name] = ratio(op.Summary, b.Operations[i].Summary)
	}
}

func ratio(a, b measure.Summary) Ratio {
	return Ratio{
		RequestsPerSecond:  divide(b.RequestsPerSecond, a.RequestsPerSecond),
		ResourcesPerSecond: divide(b.ResourcesPerSecond, a.ResourcesPerSecond),
		P50:                divide(b.LatencyMS.P50, a.LatencyMS.P50),
		P95:                divide(b.LatencyMS.P95, a.LatencyMS.P95),
		P99:                divide(b.LatencyMS.P99, a.LatencyMS.P99),
		Max:                divide(b.LatencyMS.Max, a.LatencyMS.Max),
	}
}

func divide(b, a float64) float64 {
	if a == 0 {
		return 0
	}
	return b / a
}

// Errors is the number of failed requests of all servers.
func (r *Report) Errors() int64 {
	var n int64
	for _, server := range r.Servers {
		n += server.All.Errors
	}
	return n
}

// JSON writes the report as indented JSON.
func (r *Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
