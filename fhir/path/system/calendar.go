package system

import "strings"

// days counts the days since 1970 of the proleptic Gregorian calendar, with years that begin in March so that a leap
// day ends one.
func (m *Moment) days() int {
	year, month := m.at[0], m.at[1]
	if month <= 2 {
		year, month = year-1, month+12
	}
	return year*365 + floorDiv(year, 4) - floorDiv(year, 100) + floorDiv(year, 400) + (153*(month-3)+2)/5 + m.at[2] - 1 - 719_468
}

// setDays is days the other way round.
func (m *Moment) setDays(days int) {
	days += 719_468
	era := floorDiv(days, 146_097)
	of := days - era*146_097
	year := (of - of/1460 + of/36_524 - of/146_096) / 365
	of -= 365*year + year/4 - year/100
	month := (5*of + 2) / 153
	m.at[2] = of - (153*month+2)/5 + 1
	if m.at[1] = month + 3; m.at[1] > 12 {
		m.at[1] -= 12
	}
	if m.at[0] = year + era*400; m.at[1] <= 2 {
		m.at[0]++
	}
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
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

// durations are the calendar's, by their names.
var durations = map[string]Precision{"year": Year, "month": Month, "week": week, "day": Day, "hour": Hour, "minute": Minute,
	"second": Second, "millisecond": millisecond}

// definite are UCUM's codes of those that are the same: its month ('mo') and year ('a') are not (FHIRPath 2.0, 4.1.8).
var definite = map[string]Precision{"wk": week, "d": Day, "h": Hour, "min": Minute, "s": Second, "ms": millisecond}

// Durations that no Moment has as its precision.
const (
	week Precision = iota + 100
	millisecond
)

// IsDuration says whether a word is the calendar's name of a duration: day, days.
func IsDuration(word string) bool {
	return durations[strings.TrimSuffix(word, "s")] != 0 && !strings.HasSuffix(word, "ss")
}

// Add adds a duration, or takes it away; a part of one that the moment isn't precise enough for counts for nothing
// (FHIRPath 2.0, 6.6.7). It is not ok if the quantity is no such duration, or leads out of the years 1 to 9999.
func (m Moment) Add(q Quantity, times int) (Moment, bool) {
	unit := definite[q.Unit]
	if q.Calendar {
		unit = durations[strings.TrimSuffix(q.Unit, "s")]
	}
	n, ok := q.Value.Truncate(0).Int64()
	if unit == 0 || !ok {
		return m, false
	}
	switch n := int(n) * times; {
	case m.Kind == Time && unit < Hour, m.Kind == Time && unit == week:
		return m, false
	case unit == Second || unit == millisecond:
		return m.addNanos(q, unit, times)
	case unit == Hour:
		return m.addMinutes(n * 60)
	case unit == Minute:
		return m.addMinutes(n)
	case unit == week:
		return m.addDays(n * 7)
	case unit == Day:
		return m.addDays(n)
	case unit == Month:
		return m.addMonths(n)
	default:
		return m.addMonths(n * 12)
	}
}

// addMonths keeps the day, or takes the month's last.
func (m Moment) addMonths(n int) (Moment, bool) {
	if m.Precision == Year {
		n = n / 12 * 12
	}
	months := m.at[0]*12 + m.at[1] - 1 + n
	m.at[0], m.at[1] = floorDiv(months, 12), months-floorDiv(months, 12)*12+1
	m.at[2] = min(m.at[2], daysIn(m.at[0], m.at[1]))
	return m, m.inRange()
}

func (m Moment) addDays(n int) (Moment, bool) {
	switch m.Precision {
	case Year:
		return m.addMonths(n / 365 * 12)
	case Month:
		return m.addMonths(n / 30)
	}
	m.setDays(m.days() + n)
	return m, m.inRange()
}

func (m Moment) addMinutes(n int) (Moment, bool) {
	if m.Kind != Time && m.Precision <= Day {
		return m.addDays(n / 1440)
	}
	if m.Precision == Hour {
		n = n / 60 * 60
	}
	minutes := m.at[3]*60 + m.at[4] + n
	days := floorDiv(minutes, 1440)
	minutes -= days * 1440
	m.at[3], m.at[4] = minutes/60, minutes%60
	if m.Kind == Time {
		return m, true // it goes round the clock
	}
	return m.addDays(days)
}

func (m Moment) addNanos(q Quantity, unit Precision, times int) (Moment, bool) {
	each := int64(1_000_000_000)
	if unit == millisecond {
		each = 1_000_000
	}
	v, err := q.Value.Mul(Int(each * int64(times)))
	if err != nil || v.Abs().Cmp(Int(1<<53)) > 0 {
		return m, false
	}
	nanos := int(v.Truncate(0).d.IntPart())
	if m.Precision < Second {
		return m.addMinutes(nanos / 60_000_000_000)
	}
	total := m.at[5]*1_000_000_000 + m.nanos + nanos
	minutes := floorDiv(total, 60_000_000_000)
	total -= minutes * 60_000_000_000
	m.at[5], m.nanos = total/1_000_000_000, total%1_000_000_000
	if m.nanos != 0 && m.fraction < 3 {
		m.fraction = 3
	}
	return m.addMinutes(minutes)
}

func (m *Moment) inRange() bool { return m.Kind == Time || m.at[0] >= 1 && m.at[0] <= 9999 }
