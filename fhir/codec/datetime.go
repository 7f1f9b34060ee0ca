package codec

import (
	"google.golang.org/protobuf/proto"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// moment is a parsed date or dateTime (R4 datatypes, 2.24.0.1).
type moment struct {
	us        int64 // since 1970, of its first instant
	zone      string
	precision precision
}

// precision is how much of a moment was given.
type precision uint8

const (
	noPrecision precision = iota
	toYear
	toMonth
	toDay
	toSecond
	toMillisecond
	toMicrosecond
)

const (
	second   = int64(1_000_000)
	day      = 86_400 * second
	utcZone  = "UTC" // of a date without time; google/fhir wants a name, "Z" marks a time that said so
	maxStamp = 40    // the longest dateTime accepted; nanoseconds take 35
)

const (
	wantDate     = "is not a date that exists; write YYYY, YYYY-MM or YYYY-MM-DD, as \"2026-03-09\""
	wantDateTime = "is not a dateTime that exists; write a date, or a date and time to the second with its zone, as \"2026-03-09T14:05:00+00:00\""
	wantInstant  = "is not an instant; write a date and time to the second with its zone, as \"2026-03-09T14:05:00.000Z\""
	wantTime     = "is not a time of day; write hh:mm:ss, as \"14:05:00\""
)

func readDate(_ *typ, v string) (proto.Message, string) {
	m, ok := parseMoment(v)
	if !ok || m.precision > toDay {
		return nil, wantDate
	}
	return &dpb.Date{ValueUs: m.us, Timezone: m.zone, Precision: dpb.Date_Precision(m.precision)}, ""
}

func readDateTime(_ *typ, v string) (proto.Message, string) {
	m, ok := parseMoment(v)
	if !ok {
		return nil, wantDateTime
	}
	return &dpb.DateTime{ValueUs: m.us, Timezone: m.zone, Precision: dpb.DateTime_Precision(m.precision)}, ""
}

func readInstant(_ *typ, v string) (proto.Message, string) {
	m, ok := parseMoment(v)
	if !ok || m.precision < toSecond {
		return nil, wantInstant
	}
	p := dpb.Instant_Precision(m.precision - toSecond + 1)
	return &dpb.Instant{ValueUs: m.us, Timezone: m.zone, Precision: p}, ""
}

func readTime(_ *typ, v string) (proto.Message, string) {
	us, p, rest, ok := parseClock(v)
	if !ok || rest != "" {
		return nil, wantTime
	}
	return &dpb.Time{ValueUs: us, Precision: dpb.Time_Precision(p - toSecond + 1)}, ""
}

// parseMoment reads YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss(.f+)?zone. Year 0000 does not exist.
func parseMoment(s string) (m moment, ok bool) {
	if len(s) > maxStamp {
		return m, false
	}
	year, s, ok := number(s, 4, 1, 9999)
	month, date := 1, 1
	m.precision, m.zone = toYear, utcZone
	if ok && s != "" && s[0] == '-' {
		m.precision = toMonth
		month, s, ok = number(s[1:], 2, 1, 12)
		if ok && s != "" && s[0] == '-' {
			m.precision = toDay
			date, s, ok = number(s[1:], 2, 1, daysIn(year, month))
		}
	}
	if !ok {
		return m, false
	}
	m.us = daysSince1970(year, month, date) * day
	if s == "" {
		return m, true
	}
	if m.precision != toDay || s[0] != 'T' {
		return m, false
	}
	clock, p, s, ok := parseClock(s[1:])
	offset, zone, zoned := parseZone(s)
	if !ok || !zoned {
		return m, false
	}
	m.us += clock - offset
	m.zone, m.precision = zone, p
	return m, true
}

// parseClock reads hh:mm:ss(.f+)? and gives what follows. Second 60 is a leap second, which R4 allows.
func parseClock(s string) (us int64, p precision, rest string, ok bool) {
	if len(s) < 8 || s[2] != ':' || s[5] != ':' {
		return 0, 0, s, false
	}
	h, _, ok1 := number(s, 2, 0, 23)
	m, _, ok2 := number(s[3:], 2, 0, 59)
	sec, s, ok3 := number(s[6:], 2, 0, 60)
	us, p = (int64(h)*3600+int64(m)*60+int64(sec))*second, toSecond
	if s == "" || s[0] != '.' {
		return us, p, s, ok1 && ok2 && ok3
	}
	end := digits(s, 1)
	for i, unit := 1, second/10; i < end; i, unit = i+1, unit/10 {
		us += int64(s[i]-'0') * unit
	}
	p = toMillisecond
	if end > 4 {
		p = toMicrosecond
	}
	return us, p, s[end:], ok1 && ok2 && ok3 && end > 1 && end < maxStamp
}

// parseZone reads Z or an offset of at most fourteen hours. -00:00 is written +00:00, as google/fhir has it.
func parseZone(s string) (offset int64, zone string, ok bool) {
	if s == "Z" {
		return 0, s, true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, "", false
	}
	h, _, ok1 := number(s[1:], 2, 0, 14)
	m, _, ok2 := number(s[4:], 2, 0, 59)
	if !ok1 || !ok2 || h == 14 && m != 0 {
		return 0, "", false
	}
	offset = int64(h*3600+m*60) * second
	if s[0] == '-' {
		offset = -offset
		if offset == 0 {
			return 0, "+00:00", true
		}
	}
	return offset, s, true
}

// number reads exactly n digits as a number from least to most.
func number(s string, n, least, most int) (v int, rest string, ok bool) {
	if len(s) < n {
		return 0, s, false
	}
	for i := range n {
		c := s[i]
		if c < '0' || c > '9' {
			return 0, s, false
		}
		v = v*10 + int(c-'0')
	}
	return v, s[n:], v >= least && v <= most
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysSince1970 counts days of the proleptic Gregorian calendar, with years that begin in March so that a leap day ends
// one.
func daysSince1970(year, month, date int) int64 {
	if month <= 2 {
		year, month = year-1, month+12
	}
	y := int64(year)
	return y*365 + y/4 - y/100 + y/400 + int64((153*(month-3)+2)/5) + int64(date) - 1 - 719_468
}
