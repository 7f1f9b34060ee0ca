package system

import (
	"errors"
	"math"
	"math/big"
	"regexp"

	"github.com/shopspring/decimal"
)

// Decimal is an exact decimal that knows how many digits behind the point it was written with.
type Decimal struct{ d decimal.Decimal }

// maxDigits bounds decimals: R4 asks for 18 digits at least, and what grows by multiplication must end somewhere.
const maxDigits = 400

// quotient is how many digits behind the point a division gives at most (FHIRPath 2.0, 4.1.4 asks for 8 at least).
const quotient = 16

// ErrTooLong is the error of a number that grows beyond what is computed with.
var ErrTooLong = errors.New("the number has too many digits")

var number = regexp.MustCompile(`^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$`)

// ParseDecimal reads digits with an optional sign, point and exponent; ok is false for anything else, and beyond 400
// digits.
func ParseDecimal(s string) (d Decimal, ok bool) {
	if number.MatchString(s) {
		d, _, ok = ParseMeasured(s)
	}
	return d, ok
}

// measured is what people write for numbers: beside R4's decimals .5 and 5.
var measured = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// ParseMeasured is ParseDecimal that tells which power of ten the last digit counts, by which a number says how exactly
// it is meant: -2 for 1.40, 0 for 1.40e2, 2 for 1e2, which are 140 and 100 else. The number may also begin or end with
// its point.
func ParseMeasured(s string) (d Decimal, last int, ok bool) {
	if len(s) > maxDigits || !measured.MatchString(s) {
		return d, 0, false
	}
	v, err := decimal.NewFromString(s)
	if err != nil || v.Exponent() > maxDigits || v.Exponent() < -maxDigits {
		return d, 0, false
	}
	last = int(v.Exponent())
	if last > 0 {
		v = v.Add(decimal.New(0, 0)) // 1e2 is 100
	}
	return Decimal{v}, last, true
}

// The longest numbers that make sense in a record: as many characters, and an exponent of at most so much either way.
// R4 asks for 18 digits at least; its own examples go to e245.
const (
	MaxLength   = 64
	MaxExponent = 308
)

// Int is an integer as a Decimal.
func Int(n int64) Decimal { return Decimal{decimal.NewFromInt(n)} }

// Float is the decimal nearest to a float, to 15 significant digits; ok is false if there is none.
func Float(f float64) (d Decimal, ok bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) > 1e300 {
		return d, false
	}
	v := decimal.NewFromFloat(f)
	if digits := v.NumDigits(); digits > 15 && v.Exponent() < 0 {
		v = v.Round(int32(15-digits) - v.Exponent())
	}
	return Decimal{trim(v)}, true
}

// trim takes off the zeros behind the point that say nothing.
func trim(v decimal.Decimal) decimal.Decimal {
	if v.Exponent() >= 0 {
		return v
	}
	t, _ := decimal.NewFromString(v.String())
	return t
}

func (d Decimal) Float() float64 { return d.d.InexactFloat64() }

// Digits is how many digits stand behind the point.
func (d Decimal) Digits() int { return int(max(0, -d.d.Exponent())) }

// String writes it with the digits it has, zeros at the end too.
func (d Decimal) String() string { return d.d.StringFixed(max(0, -d.d.Exponent())) }

// Plain writes it without zeros at the end, so that equal ones are written alike.
func (d Decimal) Plain() string { return d.d.String() }

// Rat is its exact value.
func (d Decimal) Rat() *big.Rat { return d.d.Rat() }

func (d Decimal) Cmp(e Decimal) int        { return d.d.Cmp(e.d) }
func (d Decimal) Sign() int                { return d.d.Sign() }
func (d Decimal) Neg() Decimal             { return Decimal{d.d.Neg()} }
func (d Decimal) Abs() Decimal             { return Decimal{d.d.Abs()} }
func (d Decimal) Floor() Decimal           { return Decimal{d.d.Floor()} }
func (d Decimal) Ceiling() Decimal         { return Decimal{d.d.Ceil()} }
func (d Decimal) Add(e Decimal) Decimal    { return Decimal{d.d.Add(e.d)} }
func (d Decimal) Sub(e Decimal) Decimal    { return Decimal{d.d.Sub(e.d)} }
func (d Decimal) Round(digits int) Decimal { return Decimal{d.d.Round(int32(digits))} }
func (d Decimal) Truncate(digits int) Decimal {
	return Decimal{d.d.Truncate(int32(digits))}
}

// Shift is the decimal times ten to a power.
func (d Decimal) Shift(power int) Decimal { return Decimal{d.d.Shift(int32(power))} }

// Pad gives it as many digits behind the point, if it has fewer.
func (d Decimal) Pad(digits int) Decimal {
	if d.Digits() >= digits {
		return d
	}
	return Decimal{d.d.Add(decimal.New(0, int32(-digits)))}
}

// Mul is the product; the error is ErrTooLong.
func (d Decimal) Mul(e Decimal) (Decimal, error) {
	if d.d.NumDigits()+e.d.NumDigits() > maxDigits || d.Digits()+e.Digits() > maxDigits {
		return d, ErrTooLong
	}
	return Decimal{d.d.Mul(e.d)}, nil
}

// Div is the quotient to 16 digits behind the point; ok is false for a division by zero.
func (d Decimal) Div(e Decimal) (q Decimal, ok bool) {
	if e.Sign() == 0 {
		return d, false
	}
	return Decimal{trim(d.d.DivRound(e.d, quotient))}, true
}

// Divide is the whole part of the quotient and what remains; ok is false for a division by zero.
func (d Decimal) Divide(e Decimal) (whole, rest Decimal, ok bool) {
	if e.Sign() == 0 {
		return d, d, false
	}
	q, r := d.d.QuoRem(e.d, 0)
	return Decimal{q}, Decimal{r}, true
}

// Int64 is its value if it is a whole number of FHIRPath's range (FHIRPath 2.0, 4.1.3).
func (d Decimal) Int64() (n int64, ok bool) {
	if !d.d.IsInteger() || d.d.Cmp(decimal.NewFromInt(math.MaxInt32)) > 0 || d.d.Cmp(decimal.NewFromInt(math.MinInt32)) < 0 {
		return 0, false
	}
	return d.d.IntPart(), true
}

// Alike says whether two are equal when both are rounded to the digits of the less precise one (FHIRPath 2.0, 6.1.2).
func (d Decimal) Alike(e Decimal) bool {
	digits := min(d.plainDigits(), e.plainDigits())
	return d.Round(digits).Cmp(e.Round(digits)) == 0
}

// plainDigits are those behind the point without the zeros at the end, which don't count for equivalence.
func (d Decimal) plainDigits() int { return Decimal{trim(d.d)}.Digits() }
