package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"frontdesk/cmd/fhirload/measure"
)

// columns are the figures of the tables: one server shows them side by side,
// two servers show A, B and B/A of each.
var columns = []struct {
	name   string
	format string
	of     func(measure.Summary) float64
	ratio  func(Ratio) float64
}{
	{"req/s", "%.1f", func(s measure.Summary) float64 { return s.RequestsPerSecond }, func(r Ratio) float64 { return r.RequestsPerSecond }},
	{"res/s", "%.1f", func(s measure.Summary) float64 { return s.ResourcesPerSecond }, func(r Ratio) float64 { return r.ResourcesPerSecond }},
	{"p50 ms", "%.2f", func(s measure.Summary) float64 { return s.LatencyMS.P50 }, func(r Ratio) float64 { return r.P50 }},
	{"p95 ms", "%.2f", func(s measure.Summary) float64 { return s.LatencyMS.P95 }, func(r Ratio) float64 { return r.P95 }},
	{"p99 ms", "%.2f", func(s measure.Summary) float64 { return s.LatencyMS.P99 }, func(r Ratio) float64 { return r.P99 }},
	{"max ms", "%.2f", func(s measure.Summary) float64 { return s.LatencyMS.Max }, func(r Ratio) float64 { return r.Max }},
}

// Text writes the report as tables for people.
func (r *Report) Text(w io.Writer) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, %d at a time, seed %d\n", r.Workload, r.Concurrency, r.Seed)
	for i, server := range r.Servers {
		fmt.Fprintf(&out, "%c  %s: %.1f s, ended by %s\n", 'A'+i, server.Base, server.ElapsedS, server.StoppedBy)
	}
	for i, server := range r.Servers {
		out.WriteString("\n")
		r.table(&out, 'A'+rune(i), server)
	}
	if len(r.Servers) == 2 {
		out.WriteString("\n")
		r.sideBySide(&out)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (r *Report) table(out io.Writer, letter rune, server Server) {
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tab, "%c\trequests\terrors\t", letter)
	for _, c := range columns {
		fmt.Fprintf(tab, "%s\t", c.name)
	}
	for _, op := range rows(server) {
		fmt.Fprintf(tab, "\n%s\t%d\t%d\t", op.Name, op.Requests, op.Errors)
		for _, c := range columns {
			fmt.Fprintf(tab, c.format+"\t", c.of(op.Summary))
		}
	}
	fmt.Fprintln(tab)
	// The writers below are in memory.
	_ = tab.Flush()
	fmt.Fprintf(out, "status: %s\n", counts(server.All.ByStatus))
	if len(server.All.Faults) > 0 {
		fmt.Fprintf(out, "faults: %s\n", counts(server.All.Faults))
	}
	for _, op := range server.Operations {
		if op.FirstError != "" {
			fmt.Fprintf(out, "first error of %s: %s\n", op.Name, op.FirstError)
		}
	}
}

func (r *Report) sideBySide(out io.Writer) {
	a, b := rows(r.Servers[0]), rows(r.Servers[1])
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tab, "B/A is B divided by A\t\tA\tB\tB/A\t\n")
	for i := range a {
		for _, c := range columns {
			fmt.Fprintf(tab, "%s\t%s\t"+c.format+"\t"+c.format+"\t%.2f\t\n",
				a[i].Name, c.name, c.of(a[i].Summary), c.of(b[i].Summary), c.ratio(r.Ratios[a[i].Name]))
		}
	}
	_ = tab.Flush()
}

// rows are the operations, then all of them together.
func rows(server Server) []Operation {
	return append(slices.Clone(server.Operations), Operation{Name: "all", Summary: server.All})
}

func counts(by map[string]int64) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%s × %d", key, by[key]))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
