package scale

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// How often each question is asked: until both are reached, or time is up.
const (
	warm    = 40
	asked   = 200
	fewest  = 11
	seconds = 15
)

// TestScale prints the table. It measures; what is right and what isn't is for other tests.
func TestScale(t *testing.T) {
	var sizes []int
	for s := range strings.FieldsFuncSeq(os.Getenv("FRONTDESK_SCALE"), func(c rune) bool { return c == ',' }) {
		n, err := strconv.Atoi(s)
		if err != nil || n < perPerson {
			t.Fatalf("FRONTDESK_SCALE has %q; give sizes of at least %d, as 10000,100000", s, perPerson)
		}
		sizes = append(sizes, n)
	}
	if sizes == nil {
		t.Skip("FRONTDESK_SCALE isn't set: it takes sizes, as 10000,100000,1000000, and the last of these takes long")
	}
	table := make([][]time.Duration, len(questions))
	header := "p50"
	for _, size := range sizes {
		p := build(t, size)
		t.Logf("%d resources of %d patients, written at %.0f a second (0: before); %d MB on disk, %d bytes each",
			p.resources, p.patients, p.rate, p.bytes>>20, p.bytes/int64(p.resources))
		header += fmt.Sprintf("\t%d", size)
		for i, q := range questions {
			median, matches := p.measure(t, q)
			table[i] = append(table[i], median)
			t.Logf("%s: %v, %d on a page", q.name, median, matches)
		}
		p.store.Close()
	}
	t.Log("\n" + format(header, table))
}

// format is the table as text, the last column how the two largest sizes compare.
func format(header string, table [][]time.Duration) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, header+"\tlast/one before\t")
	for i, q := range questions {
		name, ratio := q.name, "-"
		if !q.page {
			name += " (all of them)"
		}
		row := table[i]
		if n := len(row); n > 1 {
			ratio = fmt.Sprintf("%.2f", float64(row[n-1])/float64(row[n-2]))
		}
		fmt.Fprint(w, name)
		for _, d := range row {
			fmt.Fprintf(w, "\t%.2f ms", float64(d)/float64(time.Millisecond))
		}
		fmt.Fprintf(w, "\t%s\t\n", ratio)
	}
	w.Flush()
	return out.String()
}

// measure is the median of a question's answers, and how many resources stand on a page of it.
func (p *practice) measure(t *testing.T, q question) (time.Duration, int) {
	t.Helper()
	r, session := rand.New(rand.NewPCG(11, 13)), p.store.As(access.Everything("scale"), store.Unobserved)
	var times, sizes = []time.Duration{}, []int{}
	for until := time.Now().Add(seconds * time.Second); len(times) < warm+asked && (len(times) < fewest || time.Now().Before(until)); {
		url := q.ask(r, p.patients)
		start := time.Now()
		s, err := search.Parse(p.store.Registry(), []string{q.typ}, url, search.Options{Base: base, Now: start})
		if err != nil {
			t.Fatalf("%s: %s: %v", q.name, url, err)
		}
		page, err := session.Search(t.Context(), s)
		if err != nil {
			t.Fatalf("%s: %s: %v", q.name, url, err)
		}
		times, sizes = append(times, time.Since(start)), append(sizes, len(page.Items))
	}
	if len(times) > 2*warm {
		times = times[warm:]
	}
	slices.Sort(times)
	slices.Sort(sizes)
	return times[len(times)/2], sizes[len(sizes)/2]
}
