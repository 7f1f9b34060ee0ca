package system

import (
	"fmt"
	"strings"
)

// MomentKind tells the three types of a Moment.
type MomentKind uint8

// The kinds of moments.
const (
	Date MomentKind = iota
	DateTime
	Time
)

// Precision is how much of a Moment is given. Fractions of a second are of the second (FHIRPath 2.0, 6.1.1).
type Precision uint8

// The precisions.
const (
	Year Precision = iota + 1
	Month
	Day
	Hour
	Minute
	Second
)

// Moment is a Date, DateTime or Time, as far as it is given.
type Moment struct {
	Kind      MomentKind
	Precision Precision
	at        [6]int // year, month, day, hour, minute, second
	nanos     int
	fraction  int  // digits of the second's fraction that are given
	zoned     bool // it has an offset
	offset    int  // from UTC in minutes
}

// ParseMoment reads a date, a dateTime or a time as FHIRPath writes it, without its @ and T in front; of dateTimes
// the time may lack minutes and seconds, of all what is less precise may end early. A dateTime "2015T" is one too.
func ParseMoment(k MomentKind, s string) (m Moment, ok bool) {
	m = Moment{Kind: k, at: [6]int{1, 1, 1}}
	if k == Time {
		s, ok = m.clock(s)
		return m, ok && s == ""
	}
	if s, ok = m.part(s, 0, 4, 1, 9999); !ok {
		return m, false
	}
	for i, most := range []int{12, 31} {
		if s == "" || s[0] != '-' {
			break
		}
		if s, ok = m.part(s[1:], i+1, 2, 1, most); !ok {
			return m, false
		}
	}
	if m.Precision == Day && m.at[2] > daysIn(m.at[0], m.at[1]) {
		return m, false
	}
	if s == "" || k == Date {
		return m, s == ""
	}
	if s[0] != 'T' || s != "T" && m.Precision != Day {
		return m, false
	}
	if s = s[1:]; s == "" {
		return m, true
	}
	if s, ok = m.clock(s); !ok {
		return m, false
	}
	return m, s == "" || m.zone(s)
}

// part reads digits into a place and makes that the precision.
func (m *Moment) part(s string, place, digits, least, most int) (rest string, ok bool) {
	if len(s) < digits {
		return s, false
	}
	n := 0
	for _, c := range []byte(s[:digits]) {
		if c < '0' || c > '9' {
			return s, false
		}
		n = n*10 + int(c-'0')
	}
	m.at[place], m.Precision = n, Precision(place+1)
	return s[digits:], n >= least && n <= most
}

// clock reads hh(:mm(:ss(.f)?)?)?
func (m *Moment) clock(s string) (rest string, ok bool) {
	s, ok = m.part(s, 3, 2, 0, 23)
	for i, most := range []int{59, 60} { // R4 allows leap seconds
		if !ok || s == "" || s[0] != ':' {
			return s, ok
		}
		s, ok = m.part(s[1:], 4+i, 2, 0, most)
	}
	if !ok || s == "" || s[0] != '.' {
		return s, ok
	}
	unit := 100_000_000
	for s = s[1:]; s != "" && s[0] >= '0' && s[0] <= '9'; s = s[1:] {
		m.nanos += int(s[0]-'0') * unit
		unit /= 10
		m.fraction++
	}
	return s, m.fraction > 0
}

// zone reads Z or an offset, which only a time of day has.
func (m *Moment) zone(s string) bool {
	m.zoned = true
	if s == "Z" {
		return true
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return false
	}
	var z Moment
	_, ok1 := z.part(s[1:], 3, 2, 0, 14)
	_, ok2 := z.part(s[4:], 4, 2, 0, 59)
	m.offset = z.at[3]*60 + z.at[4]
	if s[0] == '-' {
		m.offset = -m.offset
	}
	return ok1 && ok2
}

// String is the moment as FHIRPath writes it, without @ and T in front.
func (m Moment) String() string {
	var b strings.Builder
	if m.Kind != Time {
		fmt.Fprintf(&b, "%04d", m.at[0])
		for _, n := range m.at[1:min(int(m.Precision), 3)] {
			fmt.Fprintf(&b, "-%02d", n)
		}
		if m.Precision <= Day {
			return b.String()
		}
		b.WriteByte('T')
	}
	for i, n := range m.at[3:m.Precision] {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02d", n)
	}
	if m.fraction > 0 {
		b.WriteByte('.')
		b.WriteString((fmt.Sprintf("%09d", m.nanos) + strings.Repeat("0", max(0, m.fraction-9)))[:m.fraction])
	}
	switch {
	case m.zoned && m.offset == 0:
		b.WriteByte('Z')
	case m.zoned:
		sign, offset := '+', m.offset
		if offset < 0 {
			sign, offset = '-', -offset
		}
		fmt.Fprintf(&b, "%c%02d:%02d", sign, offset/60, offset%60)
	}
	return b.String()
}

// Literal is the moment as it stands in an expression: @2026-05, @T14:05.
func (m Moment) Literal() string {
	if m.Kind == Time {
		return "@T" + m.String()
	}
	return "@" + m.String()
}

// As is the moment as a Date (what a DateTime has of one) or a DateTime; ok is false if it has neither.
func (m Moment) As(k MomentKind) (Moment, bool) {
	if (m.Kind == Time) != (k == Time) {
		return m, false
	}
	m.Kind = k
	if k == Date {
		m.Precision, m.at = min(m.Precision, Day), [6]int{m.at[0], m.at[1], m.at[2]}
		m.nanos, m.fraction, m.zoned, m.offset = 0, 0, false, 0
	}
	return m, true
}

// Compare says which is earlier, by cmp's results. It isn't known if they are equal as far as both are given, and one
// is given further (FHIRPath 2.0, 6.2). A time without an offset is taken for UTC where the other has one.
func (m Moment) Compare(n Moment) (order int, known bool) {
	if (m.Kind == Time) != (n.Kind == Time) {
		return 0, false
	}
	if m.Precision > Day && n.Precision > Day && (m.zoned || n.zoned) {
		m, n = m.utc(), n.utc()
	}
	first := 0
	if m.Kind == Time {
		first = 3
	}
	for i := first; i < int(min(m.Precision, n.Precision)); i++ {
		if m.at[i] != n.at[i] {
			return sign(m.at[i] - n.at[i]), true
		}
	}
	if m.Precision == Second && n.Precision == Second {
		return sign(m.nanos - n.nanos), true
	}
	return 0, m.Precision == n.Precision
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// utc moves it to UTC.
func (m Moment) utc() Moment {
	minutes := m.at[3]*60 + m.at[4] - m.offset
	days := floorDiv(minutes, 1440)
	minutes -= days * 1440
	m.at[3], m.at[4], m.offset = minutes/60, minutes%60, 0
	m.setDays(m.days() + days)
	return m
}

// Key is the same for moments that are equal.
func (m Moment) Key() string {
	if m.Precision > Day && m.zoned {
		m = m.utc()
	}
	if m.fraction > 0 {
		m.fraction = 9
	}
	if m.nanos == 0 {
		m.fraction = 0
	}
	return m.Literal()
}
