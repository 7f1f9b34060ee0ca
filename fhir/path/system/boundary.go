package system

// The digits of boundaries where no number is asked for, and the most there can be.
const (
	defaultDigits = 8
	mostDigits    = 31
)

// Boundary is the least, or the greatest, number that is written so when it is rounded, to so many digits (8 if they
// are -1). Of what is cut off, a low one goes towards zero and a high one is rounded, and those of negative numbers
// are the other way round, as HL7's tests have it.
func (d Decimal) Boundary(digits int, high bool) (Decimal, bool) {
	if digits < 0 {
		digits = defaultDigits
	}
	if digits > mostDigits {
		return d, false
	}
	negative := d.Sign() < 0
	v, half := d.Abs(), five.Shift(-d.Digits()-1)
	if high != negative {
		v = v.Add(half).Round(digits)
	} else {
		v = v.Sub(half).Truncate(digits)
	}
	if negative {
		v = v.Neg()
	}
	return v.Pad(digits), true
}

var five = Int(5)

// digitsOf are how many digits each precision of a date has; a time's are those less 8.
var digitsOf = map[int]Precision{4: Year, 6: Month, 8: Day, 10: Hour, 12: Minute, 14: Second, 17: Second}

// Digits is how many are given: 4 of a year, 17 of a dateTime with milliseconds.
func (m Moment) Digits() int {
	n := 0
	for digits, p := range digitsOf {
		if p == m.Precision && digits != 17 {
			n = digits
		}
	}
	n += m.fraction
	if m.Kind == Time {
		n -= 8
	}
	return n
}

// Boundary is the first, or the last, moment within this one, with so many digits (8 of a date, 17 of a dateTime and
// 9 of a time if they are -1). Where the offset isn't known it is the one by which the moment is earliest, or latest.
// A dateTime of an hour is one of its first minute, as R4 has no hours without minutes.
func (m Moment) Boundary(digits int, high bool) (Moment, bool) {
	if digits < 0 {
		digits = map[MomentKind]int{Date: 8, DateTime: 17, Time: 9}[m.Kind]
	}
	if m.Kind == Time {
		digits += 8
	}
	to := digitsOf[digits]
	if to == 0 || m.Kind == Date && to > Day || m.Kind == Time && to < Hour {
		return m, false
	}
	if m.Precision == Hour && to > Hour {
		m.Precision = Minute
	}
	least, most := [6]int{1, 1, 1, 0, 0, 0}, [6]int{9999, 12, 31, 23, 59, 59}
	for p := m.Precision; p < Second; p++ {
		if m.at[p] = least[p]; high {
			m.at[p] = most[p]
		}
		if p == 2 && high {
			m.at[2] = daysIn(m.at[0], m.at[1])
		}
	}
	if m.fraction == 0 && high {
		if m.Precision < Second || digits == 17 && m.fraction == 0 {
			m.nanos = 999_000_000
		}
	}
	m.Precision, m.fraction = to, 0
	if digits == 17 {
		m.fraction = 3
	} else {
		m.nanos = 0
	}
	if to > Day && m.Kind == DateTime && !m.zoned {
		if m.zoned, m.offset = true, 14*60; high {
			m.offset = -12 * 60
		}
	}
	if m.Kind == DateTime && to <= Day {
		m.zoned, m.offset = false, 0
	}
	return m, true
}
