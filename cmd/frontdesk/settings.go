package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	_ "time/tzdata" // a scratch image has no zone files

	"github.com/dustin/go-humanize"
	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"frontdesk/fhir/codec"
	"frontdesk/handlers"
)

// Settings are everything a person can set, each as a flag, a FRONTDESK_ variable or a line of the settings file (in
// that order of precedence). Validate looks at them as a whole.
type Settings struct {
	Listen        string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to serve on." group:"Server"`
	MetricsListen string `default:"127.0.0.1:9464" placeholder:"HOST:PORT" help:"Address to serve /metrics on, apart from all else; empty: nowhere. Not for the public: metrics name apps." group:"Server"`
	BaseURL       string `name:"base-url" placeholder:"URL" help:"The FHIR base URL that clients use, as https://records.example.nhs.uk/fhir. Default: from --listen." group:"Server"`
	Store         string `default:"sqlite:frontdesk-data" placeholder:"URI" help:"Where records are kept: sqlite:FOLDER, or mongodb://HOST/DATABASE?replicaSet=NAME." group:"Store"`
	Secondaries   bool   `name:"secondary-reads" help:"Let MongoDB's secondaries answer searches and histories, by readPreference of the URI. They can be behind what was written or hidden a moment ago." group:"Store"`
	Auth          string `default:"smart" enum:"smart,off" help:"Who may call: smart (SMART on FHIR tokens) or off (anyone on this machine)." group:"Server"`

	Secured `embed:""`
	Branded `embed:""`

	References string `default:"any" enum:"any,enforce" help:"Whether references must resolve." group:"Records"`
	Zone       string `default:"Europe/London" help:"Time zone of the practice, for dates in searches that have none." group:"Records"`

	MaxBinary   Size          `default:"16MiB" help:"Largest Binary sent in its own type. In a resource it takes a third more, and counts as a body." group:"Limits"`
	MaxBody     Size          `default:"64MiB" help:"Largest request body, after it is unpacked, and largest imported line or document." group:"Limits"`
	MaxURL      Size          `default:"16KiB" name:"max-url" help:"Longest path and query of a request; longer searches can be POSTed." group:"Limits"`
	MaxHeader   Size          `default:"64KiB" help:"Largest request header." group:"Limits"`
	MaxDepth    int           `default:"64" help:"Deepest nesting of a JSON body." group:"Limits"`
	MaxValues   int           `default:"1000000" help:"Objects, arrays and primitives in a JSON body." group:"Limits"`
	MaxFaults   int           `default:"50" help:"Faults of one body that are reported." group:"Limits"`
	MaxEntries  int           `default:"10000" help:"Entries of one batch or transaction." group:"Limits"`
	MaxClauses  int           `default:"200" help:"Parameters, values and chain links of one search." group:"Limits"`
	MaxIncludes int           `default:"1000" help:"Included resources on a page. A page that would bring more ends earlier." group:"Limits"`
	MaxLastN    int           `name:"max-lastn" default:"10000" help:"Observations looked at to answer one $$lastn." group:"Limits"`
	MaxExports  int           `default:"2" help:"$$exports that one caller may have unfinished. Then 429." group:"Limits"`
	ExportKept  time.Duration `default:"24h" help:"Time the files of an $$export are kept once it is done." group:"Limits"`
	MaxCost     int64         `default:"1000000" help:"Rows that one search may have to look at, 2 to 8 microseconds each. One that would need more is refused with advice." group:"Limits"`
	Cache       Size          `default:"64MiB" help:"Memory for resources that were read lately, with the embedded store." group:"Limits"`
	InFlight    Size          `default:"320MiB" name:"memory-in-flight" help:"Memory for the bodies and answers of all requests in flight. What finds none is answered 503 with Retry-After." group:"Limits"`
	Rate        int           `default:"50" help:"Requests a second that one app may make for one person; an entry of a batch counts as one, and so does every 64 KiB of an answer. Then 429 with Retry-After. Systems that act for nobody have no such limit." group:"Limits"`
	RateBurst   int           `default:"1000" help:"How many of those at once, after a rest." group:"Limits"`
	PageSize    int           `default:"50" help:"Matches on a page if the client gives no _count." group:"Limits"`
	PageMax     int           `default:"1000" help:"Matches on a page, whatever _count says." group:"Limits"`
	CountTo     int64         `default:"100" help:"Matches that are counted though nobody asked." group:"Limits"`
	MaxConns    int           `default:"10000" help:"Open connections." group:"Limits"`
	Upload      time.Duration `default:"60s" help:"Time a client may take to send a body." group:"Limits"`
	Timeout     time.Duration `default:"30s" help:"Time an answer may take to be made." group:"Limits"`
	Idle        time.Duration `default:"2m" help:"Time a connection is kept on which nothing is asked." group:"Limits"`

	// What one patient or proxy may write: at once, and in 24 hours by all apps together.
	OnlineSize  int  `default:"50000" name:"online-characters" help:"Characters that a patient writes." group:"Limits"`
	OnlineCount int  `name:"online-writes" default:"500" help:"Resources a patient writes in 24 hours." group:"Limits"`
	OnlineBytes Size `default:"100MiB" help:"Bytes that one patient or proxy writes in 24 hours." group:"Limits"`

	Notice time.Duration `default:"0s" help:"How long new requests are still taken after SIGTERM, while /readyz says no, so that a load balancer can turn away." group:"Server"`
	Drain  time.Duration `default:"20s" help:"How long requests in flight may go on after that." group:"Server"`

	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"Least important log lines shown: debug, info, warn or error." group:"Logging"`
	LogFormat string `default:"text" enum:"text,json" help:"Log as text or json." group:"Logging"`

	mayMake bool                 // a store that isn't there is made
	traces  *sdk.TracerProvider  // of a server that makes spans
	timed   prometheus.Collector // how the store that is open does
	madeUp  bool                 // nobody in the records is real, so others may read them
}

// Size is a number of bytes, written as 16MiB, 64KB or 1000.
type Size uint64

// UnmarshalText reads a Size.
func (s *Size) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil {
		return fmt.Errorf("%q is no size; write it as 16MiB or 1000", text)
	}
	*s = Size(n)
	return nil
}

// Validate checks all settings together and reports every fault at once.
func (s *Settings) Validate() error {
	var faults []error
	fault := func(flag, format string, args ...any) {
		faults = append(faults, fmt.Errorf("--%s: "+format, append([]any{flag}, args...)...))
	}
	host, port, err := net.SplitHostPort(s.Listen)
	base := s.base()
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		fault("listen", "%q is not HOST:PORT, as 127.0.0.1:8080", s.Listen)
		base = s.BaseURL // what would be made of it is no fault of its own
	} else if s.madeUp {
		// whoever reads it reads of nobody
	} else if s.Auth == "off" && !loopback(host) {
		fault("listen", "with --auth off anyone who can connect reads every record, so only this machine may: use 127.0.0.1, not %q", host)
	} else if s.Auth == "smart" && !loopback(host) && s.TLSCert == "" && len(s.TrustedProxies) == 0 {
		fault("listen", "tokens and records would go over the network in the clear: give --tls-cert and --tls-key, or name the proxy that does TLS by --trusted-proxies")
	} else if ip := net.ParseIP(host); s.BaseURL == "" && (host == "" || ip != nil && ip.IsUnspecified()) {
		fault("base-url", "--listen %s names no host, so say by which URL clients reach it, as https://records.example.nhs.uk/fhir", s.Listen)
	}
	if s.BaseURL != "" && !absolute(s.BaseURL) {
		fault("base-url", "%q is not an absolute http(s) URL, as https://records.example.nhs.uk/fhir", s.BaseURL)
	}
	s.Secured.validate(s.Auth, base, fault)
	s.Branded.validate(fault)
	if _, err := s.place(); err != nil {
		fault("store", "%v", err)
	}
	if _, err := time.LoadLocation(s.Zone); err != nil {
		fault("zone", "%q is no time zone, as Europe/London", s.Zone)
	}
	s.positive(fault)
	if s.InFlight < bodyShare*s.MaxBody {
		fault("memory-in-flight", "must be at least %d times --max-body, so that there is room for one of that size beside what others send", bodyShare)
	}
	if s.CountTo < 0 {
		fault("count-to", "must not be less than 0")
	}
	if s.Notice < 0 {
		fault("notice", "must not be less than 0")
	}
	if s.PageSize > s.PageMax {
		fault("page-size", "%d is more than --page-max %d", s.PageSize, s.PageMax)
	}
	return errors.Join(faults...)
}

// positive says which settings of an amount are none.
func (s *Settings) positive(fault func(flag, format string, args ...any)) {
	for _, n := range []struct {
		flag  string
		value int64
	}{
		{"max-binary", int64(s.MaxBinary)}, {"max-body", int64(s.MaxBody)}, {"max-url", int64(s.MaxURL)}, {"max-header", int64(s.MaxHeader)},
		{"max-depth", int64(s.MaxDepth)}, {"max-values", int64(s.MaxValues)},
		{"max-faults", int64(s.MaxFaults)}, {"max-entries", int64(s.MaxEntries)}, {"max-clauses", int64(s.MaxClauses)},
		{"max-includes", int64(s.MaxIncludes)}, {"max-lastn", int64(s.MaxLastN)}, {"max-cost", s.MaxCost}, {"cache", int64(s.Cache)}, {"rate", int64(s.Rate)}, {"rate-burst", int64(s.RateBurst)},
		{"online-characters", int64(s.OnlineSize)}, {"online-writes", int64(s.OnlineCount)}, {"online-bytes", int64(s.OnlineBytes)},
		{"max-exports", int64(s.MaxExports)}, {"export-kept", int64(s.ExportKept)},
		{"page-size", int64(s.PageSize)}, {"page-max", int64(s.PageMax)}, {"max-conns", int64(s.MaxConns)},
		{"upload", int64(s.Upload)}, {"timeout", int64(s.Timeout)}, {"idle", int64(s.Idle)}, {"drain", int64(s.Drain)},
	} {
		if n.value <= 0 {
			fault(n.flag, "must be more than 0")
		}
	}
}

// bodyShare is how often the largest body must fit into the memory in flight: it is there twice, as it came and
// decoded, and one request may take half.
const bodyShare = 5

// absolute says whether a URL can be a FHIR base URL (R4 http 3.1.0.1.2).
func absolute(base string) bool {
	u, err := url.Parse(base)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.RawQuery == "" && u.Fragment == ""
}

// base is the FHIR base URL without a trailing slash.
func (s *Settings) base() string {
	if s.BaseURL != "" {
		return strings.TrimRight(s.BaseURL, "/")
	}
	at := s.Listen
	if host, port, err := net.SplitHostPort(at); err == nil && s.madeUp && !loopback(host) { // in a container, whose port is published on this machine
		at = net.JoinHostPort("localhost", port)
	}
	if s.TLSCert != "" {
		return "https://" + at + "/fhir"
	}
	return "http://" + at + "/fhir"
}

// limits are the settings that bound one request.
func (s *Settings) limits() handlers.Limits {
	return handlers.Limits{
		Binary: int64(s.MaxBinary), Body: int64(s.MaxBody), URL: int(s.MaxURL), Header: int(s.MaxHeader), Depth: s.MaxDepth, Values: s.MaxValues, Faults: s.MaxFaults,
		Upload: s.Upload, Time: s.Timeout, Idle: s.Idle,
		Page: s.PageSize, PageMax: s.PageMax, Clauses: s.MaxClauses, Entries: s.MaxEntries, LastN: s.MaxLastN,
		Exports: s.MaxExports, ExportKept: s.ExportKept,
	}
}

// codec are those of the limits that a resource itself is held to, however it arrives.
func (s *Settings) codec() codec.Limits {
	return codec.Limits{Bytes: int(s.MaxBody), Depth: s.MaxDepth, Values: s.MaxValues, Faults: s.MaxFaults}
}

// loopback says whether only this machine can reach a host.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
