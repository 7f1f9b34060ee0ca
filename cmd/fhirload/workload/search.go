package workload

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"frontdesk/cmd/fhirload/data"
	"frontdesk/cmd/fhirload/load"
)

const (
	// prefixLength is how many letters of a name are searched for.
	prefixLength = 3
	// window is half the length of a date range.
	window = 15 * 24 * time.Hour
	paging = "&_sort=-date&_count=50"
)

// searches are the operations of the search workload, each a row: a name, a
// share, and how its path and query are made.
var searches = []struct {
	name  string
	share int
	query func(Pool, *data.Source) (path, query string)
}{
	{"patient-code", 40, func(p Pool, s *data.Source) (string, string) {
		r := p.readings[s.IntN(len(p.readings))]
		return "Observation", "patient=" + url.QueryEscape(r.patient) + "&code=" + r.token + paging
	}},
	{"code-range", 20, func(p Pool, s *data.Source) (string, string) {
		r := p.readings[s.IntN(len(p.readings))]
		from, to := r.day.Add(-window).Format(time.DateOnly), r.day.Add(window).Format(time.DateOnly)
		return "Observation", "code=" + r.token + "&date=ge" + from + "&date=lt" + to + paging
	}},
	{"code-newest", 15, func(p Pool, s *data.Source) (string, string) {
		return "Observation", "code=" + p.readings[s.IntN(len(p.readings))].token + paging
	}},
	{"identifier", 15, func(p Pool, s *data.Source) (string, string) {
		return "Patient", "identifier=" + p.patients[s.IntN(len(p.patients))].token
	}},
	{"name", 10, func(p Pool, s *data.Source) (string, string) {
		family := []rune(p.patients[s.IntN(len(p.patients))].family)
		return "Patient", "name=" + url.QueryEscape(string(family[:prefixLength])) + "&_count=50"
	}},
}

// Search is the mix of searches.
type Search struct {
	Mix
	pool Pool
	seed uint64
}

// NewSearch returns the search workload over pool. override replaces its
// shares if not empty.
func NewSearch(pool Pool, seed uint64, override map[string]int) (*Search, error) {
	var names []string
	var shares []int
	for _, s := range searches {
		names, shares = append(names, s.name), append(shares, s.share)
	}
	mix, err := newMix(names, shares, override)
	if err != nil {
		return nil, err
	}
	pool, err = pool.searchable()
	return &Search{Mix: mix, pool: pool, seed: seed}, err
}

// Worker returns worker i.
func (s *Search) Worker(i int) load.Worker {
	return &searchWorker{search: s, source: data.New(s.seed, uint64(i))}
}

type searchWorker struct {
	search *Search
	source *data.Source
}

// Next picks a search.
func (w *searchWorker) Next(context.Context) (load.Request, bool, error) {
	op := w.search.pick(w.source.Rand)
	path, query := searches[op].query(w.search.pool, w.source)
	return load.Request{Op: op, Method: http.MethodGet, Path: path, Query: query, KeepBody: true}, true, nil
}

// Done counts the entries of the page. All these searches are for something
// that is there, so an empty page is a fault: it would be quick, but wrong.
func (w *searchWorker) Done(_ load.Request, reply load.Reply) load.Verdict {
	n := countEntries(reply.Body)
	if reply.OK() && n == 0 {
		return load.Verdict{Fault: "empty-page"}
	}
	return load.Verdict{Resources: n}
}
