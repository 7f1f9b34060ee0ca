package system

import (
	"cmp"
	"regexp"
	"strings"
)

// Quantity is a number with a unit: UCUM's ('mg'), or the calendar's name of a duration (day, days).
type Quantity struct {
	Value    Decimal
	Unit     string
	Calendar bool // the unit is the calendar's
}

var quantityText = regexp.MustCompile(`^([+-]?\d+(?:\.\d+)?)\s*(?:'([^']+)'|([a-zA-Z]+))?$`)

// ParseQuantity reads "4 'mg'", "4 days" or "4" (FHIRPath 2.0, 5.5.7).
func ParseQuantity(s string) (q Quantity, ok bool) {
	part := quantityText.FindStringSubmatch(s)
	if part == nil || part[3] != "" && !IsDuration(part[3]) {
		return q, false
	}
	q.Value, ok = ParseDecimal(part[1])
	q.Unit, q.Calendar = cmp.Or(part[2]+part[3], "1"), part[3] != ""
	return q, ok
}

// String writes it as FHIRPath does: 4 'mg', 4 days.
func (q Quantity) String() string {
	if q.Calendar {
		return q.Value.String() + " " + q.Unit
	}
	return q.Value.String() + " '" + strings.ReplaceAll(q.Unit, "'", `\'`) + "'"
}

// in is the unit's factor and dimension. Calendar years and months are of a dimension each: how long they are isn't
// known.
func (q Quantity) in() (unit, bool) {
	if !q.Calendar {
		return parseUnit(q.Unit)
	}
	name := strings.TrimSuffix(q.Unit, "s")
	if same := calendarUCUM[name]; same != "" {
		return parseUnit(same)
	}
	return unit{factor: one, special: name}, true
}

// calendarUCUM are UCUM's units that the calendar's durations are the same as: not those of years and months.
var calendarUCUM = map[string]string{"week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s",
	"millisecond": "ms"}

// Comparable says whether both are of the same dimension.
func (q Quantity) Comparable(r Quantity) bool {
	a, ok1 := q.in()
	b, ok2 := r.in()
	if !ok1 || !ok2 {
		return q.unit() == r.unit()
	}
	return a.dims == b.dims && a.special == b.special
}

// Compare says which is less, by cmp's results; it isn't known of units that can't be compared.
func (q Quantity) Compare(r Quantity) (order int, known bool) {
	if q.unit() == r.unit() {
		return q.Value.Cmp(r.Value), true
	}
	if !q.Comparable(r) {
		return 0, false
	}
	a, ok1 := q.in()
	b, ok2 := r.in()
	if !ok1 || !ok2 {
		return 0, false
	}
	return mul(q.Value.Rat(), a.factor).Cmp(mul(r.Value.Rat(), b.factor)), true
}

// indefinite says whether one is a calendar year or month and the other UCUM's.
func (q Quantity) indefinite(r Quantity) bool {
	for _, pair := range [...][2]Quantity{{q, r}, {r, q}} {
		a, _ := pair[0].in()
		if a.special == "year" && pair[1].unit() == "a" || a.special == "month" && pair[1].unit() == "mo" {
			return true
		}
	}
	return false
}

// Equal says whether both are the same amount; it isn't known of a calendar year and 1 'a' (FHIRPath 2.0, 6.1.1), nor
// of units that can't be compared.
func (q Quantity) Equal(r Quantity) (equal, known bool) {
	order, known := q.Compare(r)
	return order == 0, known
}

// Alike says whether both are equivalent: rounded to the less precise, and a calendar year is as good as 1 'a'.
func (q Quantity) Alike(r Quantity) bool {
	if q.unit() == r.unit() || q.indefinite(r) {
		return q.Value.Alike(r.Value)
	}
	c, ok := r.To(q)
	if !ok {
		return false
	}
	digits := min(q.Value.plainDigits(), r.Value.plainDigits())
	if d, ok := q.To(r); ok && r.Value.plainDigits() < q.Value.plainDigits() {
		return d.Value.Round(r.Value.plainDigits()).Cmp(r.Value) == 0
	}
	return q.Value.Round(digits).Cmp(c.Value.Round(digits)) == 0
}

// unit tells the calendar's names from UCUM's codes, and days as day.
func (q Quantity) unit() string {
	if q.Calendar {
		return strings.TrimSuffix(q.Unit, "s") + " of the calendar"
	}
	return q.Unit
}

// To is the same amount in another's unit; not ok if that is of another dimension.
func (q Quantity) To(unit Quantity) (Quantity, bool) {
	a, ok1 := q.in()
	b, ok2 := unit.in()
	switch {
	case q.unit() == unit.unit():
		unit.Value = q.Value
		return unit, true
	case !ok1, !ok2, a.dims != b.dims, a.special != b.special:
		return q, false
	}
	v := mul(q.Value.Rat(), a.factor)
	d, ok := ParseDecimal(v.Quo(v, b.factor).FloatString(quotient))
	unit.Value = Decimal{trim(d.d)}
	return unit, ok
}

// Key is the same for quantities that are equal.
func (q Quantity) Key() string {
	u, ok := q.in()
	if !ok {
		return q.Value.Plain() + " '" + q.unit() + "'"
	}
	return mul(q.Value.Rat(), u.factor).RatString() + " " + u.name()
}

// Times and Per are the product and the quotient of two, whose units are those of the two together.
func (q Quantity) Times(r Quantity) (Quantity, bool) {
	v, err := q.Value.Mul(r.Value)
	return Quantity{Value: v, Unit: join(q.code(), ".", r.code())}, err == nil
}

// Per is the quotient; not ok for a division by zero.
func (q Quantity) Per(r Quantity) (Quantity, bool) {
	v, ok := q.Value.Div(r.Value)
	if q.unit() == r.unit() {
		return Quantity{Value: v, Unit: "1"}, ok
	}
	return Quantity{Value: v, Unit: join(q.code(), "/", r.code())}, ok
}

// code is the unit as UCUM's, if it has one.
func (q Quantity) code() string {
	if q.Calendar {
		return cmp.Or(calendarUCUM[strings.TrimSuffix(q.Unit, "s")], q.Unit)
	}
	return q.Unit
}

// With is the same unit with another value.
func (q Quantity) With(v Decimal) Quantity {
	q.Value = v
	return q
}

func join(a, op, b string) string {
	switch {
	case b == "1":
		return a
	case a == "1" && op == ".":
		return b
	case op == "/" && strings.ContainsAny(b, "./"):
		return a + "/(" + b + ")"
	}
	return a + op + b
}
