package search

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the practice's zone must be known on a machine without a zone database

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/spec"
)

// London is where dates without a zone are read unless a setting says otherwise.
var London = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // tzdata is linked in
	}
	return l
})

// ops are the prefixes (R4 search 3.1.1.4.5).
var ops = map[string]Op{"eq": Eq, "ne": Ne, "gt": Gt, "lt": Lt, "ge": Ge, "le": Le, "sa": Sa, "eb": Eb, "ap": Ap}

// prefix splits the prefix off a number, date or quantity.
func prefix(value string) (Op, string, error) {
	if len(value) < 2 || !letter(value[0]) {
		return Eq, value, nil
	}
	op, ok := ops[value[:2]]
	if !ok {
		return Eq, "", errors.New("a prefix is one of eq, ne, gt, lt, ge, le, sa, eb, ap")
	}
	return op, value[2:], nil
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func parseDate(c *parser, _ *spec.Param, _, value string) (Criterion, error) {
	op, rest, err := prefix(value)
	if err != nil {
		return nil, err
	}
	lo, hi, err := dates(rest, c.o.Zone)
	if err != nil {
		return nil, err
	}
	if op == Ap { // R4 leaves "approximately" to the server and recommends 10 % of the distance to now
		far := max(c.now-hi, lo-c.now, 0) / 10
		lo, hi = lo-far, hi+far
	}
	return DateIs{Op: op, Lo: lo, Hi: hi}, nil
}

// forms are the lengths a date without zone and fraction can have: its layout, and how long it lasts.
var forms = map[int]struct {
	layout    string
	last      time.Duration // or
	y, mo, da int
}{
	4:  {layout: "2006", y: 1},
	7:  {layout: "2006-01", mo: 1},
	10: {layout: "2006-01-02", da: 1},
	16: {layout: "2006-01-02T15:04", last: time.Minute},
	19: {layout: "2006-01-02T15:04:05", last: time.Second},
}

// maxFraction bounds the digits of a second in a query: as many as a record may have.
const maxFraction = 40

// dates is the range a date stands for by its precision, in microseconds. A day's length is what it is in the zone.
func dates(s string, zone *time.Location) (lo, hi int64, err error) {
	bad := errors.New("a date is YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.fff]] with Z, +hh:mm or no zone, and must exist")
	if len(s) > 10 {
		if s, zone, err = cutZone(s, zone); err != nil {
			return 0, 0, err
		}
	}
	whole, fraction, dotted := strings.Cut(s, ".")
	f, ok := forms[len(whole)]
	if !ok || dotted && (len(whole) != 19 || len(fraction) == 0 || len(fraction) > maxFraction) {
		return 0, 0, bad
	}
	before, leap := strings.CutSuffix(whole, ":60") // a leap second, which is indexed as the first of the next minute
	if leap && len(whole) == 19 {
		whole = before + ":59"
	}
	t, err := time.ParseInLocation(f.layout, whole, zone)
	if err != nil {
		return 0, 0, bad
	}
	if leap && len(whole) == 19 {
		t = t.Add(time.Second)
	}
	if !dotted {
		return t.UnixMicro(), t.AddDate(f.y, f.mo, f.da).Add(f.last).UnixMicro(), nil
	}
	part, width := int64(0), int64(1_000_000)
	for i := range len(fraction) {
		if fraction[i] < '0' || fraction[i] > '9' {
			return 0, 0, bad
		}
		if i < 6 { // finer than a microsecond is not kept anywhere
			width /= 10
			part += int64(fraction[i]-'0') * width
		}
	}
	return t.UnixMicro() + part, t.UnixMicro() + part + width, nil
}

// cutZone takes the zone off a date with a time. "+" that a client left unescaped in a URL arrives as a space.
func cutZone(s string, zone *time.Location) (string, *time.Location, error) {
	if rest, ok := strings.CutSuffix(s, "Z"); ok {
		return rest, time.UTC, nil
	}
	i := strings.LastIndexAny(s, "+- ")
	if i <= 10 {
		return s, zone, nil
	}
	at, err := offset(strings.Replace(s[i:], " ", "+", 1))
	return s[:i], at, err
}

// offset reads "+hh:mm" and "-hh:mm".
func offset(s string) (*time.Location, error) {
	t, err := time.Parse("15:04", s[1:])
	if err != nil || len(s) != 6 || t.Hour() > 14 {
		return nil, errors.New("a zone is Z or from -14:00 to +14:00")
	}
	secs := t.Hour()*3600 + t.Minute()*60
	if s[0] == '-' {
		secs = -secs
	}
	return time.FixedZone("", secs), nil
}

func takeDate(t *extractor, m proto.Message, yield func(Value)) {
	if r, ok := t.span(m); ok {
		yield(r)
	}
}

// span is the range of anything that has a time: an open end is unlimited.
func (t *extractor) span(m proto.Message) (DateRange, bool) {
	switch v := m.(type) {
	case *dt.Date:
		return t.moment(v.GetValueUs(), v.GetTimezone(), int32(v.GetPrecision()))
	case *dt.DateTime:
		return t.moment(v.GetValueUs(), v.GetTimezone(), int32(v.GetPrecision()))
	case *dt.Instant: // its precisions begin with the second
		return t.moment(v.GetValueUs(), v.GetTimezone(), int32(v.GetPrecision())+int32(dt.DateTime_DAY))
	case *dt.Period:
		lo, from := t.span(v.GetStart())
		hi, to := t.span(v.GetEnd())
		if !from {
			lo.Lo = MinTime
		}
		if !to {
			hi.Hi = MaxTime
		}
		return Between(lo, hi), from || to
	case *dt.Timing:
		return t.limits(v)
	}
	return DateRange{}, false
}

// Between is a Period from one time to another. One whose ends are the wrong way round (R4 datatypes, per-1), which
// older versions kept, is found by what lies between them.
func Between(start, end DateRange) DateRange {
	if start.Lo >= end.Hi {
		start, end = end, start
	}
	return DateRange{Lo: start.Lo, Hi: end.Hi}
}

// limits are a Timing's outer limits (R4 search 3.1.1.4.7): from its first event or bound to its last.
func (t *extractor) limits(v *dt.Timing) (DateRange, bool) {
	out, some := t.span(v.GetRepeat().GetBounds().GetPeriod())
	for _, e := range v.GetEvent() {
		r, ok := t.span(e)
		if !ok {
			continue
		}
		if some {
			r = DateRange{Lo: min(out.Lo, r.Lo), Hi: max(out.Hi, r.Hi)}
		}
		out, some = r, true
	}
	return out, some
}

// moment is the range of google/fhir's (instant, zone, precision). A date without a time has no zone in FHIR: the
// message's zone is the decoder's, so the calendar date is taken there and read again in the practice's.
func (t *extractor) moment(us int64, zone string, precision int32) (DateRange, bool) {
	at := time.UnixMicro(us)
	switch dt.DateTime_Precision(precision) {
	case dt.DateTime_YEAR:
		return t.calendar(at, zone, 1, 0, 0)
	case dt.DateTime_MONTH:
		return t.calendar(at, zone, 0, 1, 0)
	case dt.DateTime_DAY:
		return t.calendar(at, zone, 0, 0, 1)
	case dt.DateTime_SECOND:
		return DateRange{us, us + 1_000_000}, true
	case dt.DateTime_MILLISECOND:
		return DateRange{us, us + 1_000}, true
	case dt.DateTime_MICROSECOND:
		return DateRange{us, us + 1}, true
	}
	return DateRange{}, false // it has only an extension
}

func (t *extractor) calendar(at time.Time, zone string, years, months, days int) (DateRange, bool) {
	y, m, d := at.In(located(zone)).Date()
	lo := time.Date(y, m, d, 0, 0, 0, 0, t.zone)
	return DateRange{lo.UnixMicro(), lo.AddDate(years, months, days).UnixMicro()}, true
}

var zones sync.Map // string -> *time.Location

// located is the zone of a google/fhir message: "Z", "UTC", "+01:00" or a name.
func located(name string) *time.Location {
	switch name {
	case "", "Z", "UTC":
		return time.UTC
	}
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location)
	}
	l, err := offset(name)
	if err != nil {
		if l, err = time.LoadLocation(name); err != nil {
			return time.UTC
		}
	}
	zones.Store(name, l)
	return l
}

func (c DateIs) meets(v Value) bool {
	r, ok := v.(DateRange)
	if !ok {
		return false
	}
	equal := c.Lo <= r.Lo && r.Hi <= c.Hi
	switch c.Op {
	case Eq:
		return equal
	case Ne:
		return !equal
	case Gt:
		return r.Hi > c.Hi
	case Lt:
		return r.Lo < c.Lo
	case Ge:
		return equal || r.Hi > c.Hi
	case Le:
		return equal || r.Lo < c.Lo
	case Sa:
		return r.Lo >= c.Hi
	case Eb:
		return r.Hi <= c.Lo
	default: // Ap
		return r.Lo < c.Hi && c.Lo < r.Hi
	}
}

// String is the compact form: "ge[2024-01-01T00:00:00Z,2024-01-02T00:00:00Z)".
func (c DateIs) String() string {
	return fmt.Sprintf("%s[%s,%s)", c.Op, stamp(c.Lo), stamp(c.Hi))
}

func stamp(us int64) string { return time.UnixMicro(us).UTC().Format(time.RFC3339Nano) }

// String is the prefix as a URL has it.
func (o Op) String() string {
	return [...]string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"}[o]
}
