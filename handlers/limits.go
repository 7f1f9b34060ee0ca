package handlers

import (
	"net/http"
	"time"

	"frontdesk/fhir/codec"
)

// Limits bound what one request can cost. A zero field takes its default.
type Limits struct {
	Body   int64         // bytes of a body, after it's unpacked; default 64 MiB
	Binary int64         // bytes of a Binary that is sent in its own type; default 16 MiB, and no more than three quarters of Body
	URL    int           // bytes of path and query; default 16 KiB. Longer searches can be POSTed
	Header int           // bytes of all headers; default 64 KiB
	Upload time.Duration // for a body to arrive; default 60 s
	Time   time.Duration // for everything else; default 30 s
	Idle   time.Duration // until a connection that nothing is asked on is closed; default 2 min
	Depth  int           // objects and arrays within one another; default the codec's
	Values int           // objects, arrays and primitives in a body; default the codec's
	Faults int           // faults reported of one body; default the codec's

	Page    int // matches on a page if _count doesn't say; default the search package's
	PageMax int // matches on a page, whatever _count says; default 1,000
	Clauses int // parameters, values and chain links of one search; default the search package's
	LastN   int // Observations looked at for one $lastn; default 10,000
	Entries int // entries of one batch or transaction; default 10,000

	Exports    int           // $exports that one caller may have unfinished; default 2
	ExportKept time.Duration // how long an $export is kept once it is done; default 24 hours
}

func (l Limits) withDefaults() Limits {
	set(&l.Body, 64<<20)
	set(&l.Binary, 16<<20)
	set(&l.URL, 16<<10)
	set(&l.Header, 64<<10)
	set(&l.Upload, time.Minute)
	set(&l.Time, 30*time.Second)
	set(&l.Idle, 2*time.Minute)
	set(&l.Entries, 10_000)
	set(&l.LastN, 10_000)
	set(&l.PageMax, 1000)
	return l
}

func set[N ~int | ~int64](field *N, value N) {
	if *field <= 0 {
		*field = value
	}
}

// codec is what of it the JSON decoder needs.
func (l Limits) codec() codec.Limits {
	return codec.Limits{Bytes: int(l.Body), Depth: l.Depth, Values: l.Values, Faults: l.Faults}
}

// HTTP is an http.Server of h that holds connections to the limits: headers that trickle in, headers without end,
// answers that nobody takes, connections that nothing is asked on.
func (l Limits) HTTP(h http.Handler) *http.Server {
	l = l.withDefaults()
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: min(10*time.Second, l.Upload),
		WriteTimeout:      l.Upload + 2*l.Time,
		IdleTimeout:       l.Idle,
		MaxHeaderBytes:    l.Header,
	}
}
