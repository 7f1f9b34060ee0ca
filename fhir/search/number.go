package search

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/spec"
)

// maxDigits bounds a number in a query, so that a few bytes can't ask for a number of a million digits.
const maxDigits = 40

func parseNumber(_ *parser, _ *spec.Param, _, value string) (Criterion, error) {
	text, err := unescape(value)
	if err != nil {
		return nil, err
	}
	c, err := numberOf(text)
	return c, err
}

// numberOf reads a number with its prefix. Its implicit precision is half of its last digit: 100 and 1.00e2 are [99.5, 100.5), 1e2 is [95, 105)
// (R4 search 3.1.1.4.6). Decimal arithmetic keeps the limits exact: 5.4 begins at just 5.35.
func numberOf(value string) (NumberIs, error) {
	op, rest, err := prefix(value)
	if err != nil {
		return NumberIs{}, err
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(rest), "e")
	if rest == "" || strings.Trim(rest, "0123456789.eE+-") != "" || len(mantissa) > maxDigits || len(exponent) > 4 {
		return NumberIs{}, errors.New("it is not a number")
	}
	n, err := decimal.NewFromString(strings.ToLower(rest))
	if err != nil || n.Exponent() > 300 || n.Exponent() < -300 {
		return NumberIs{}, errors.New("it is not a number")
	}
	half := decimal.New(5, n.Exponent()-1)
	if len(strings.Trim(mantissa, "+-")) == 1 && n.Exponent() > 0 { // R4's own example: 1e2 is [95, 105), a digit finer than its rule would have it
		half = half.Shift(-1)
	}
	switch op {
	case Eq, Ne:
	case Ap: // R4 search 3.1.1.4.5 recommends 10 % of the value
		half = decimal.Max(half, n.Abs().Shift(-1))
	default:
		half = decimal.Zero
	}
	at, lo, hi := n.InexactFloat64(), n.Sub(half).InexactFloat64(), n.Add(half).InexactFloat64()
	if !half.IsZero() && hi == at { // so many digits that half of the last is less than two neighbouring numbers are apart: it finds itself at least
		hi = math.Nextafter(hi, math.Inf(1))
	}
	return NumberIs{Op: op, Lo: lo, Hi: hi}, nil
}

func takeNumber(_ *taker, m proto.Message, yield func(Value)) {
	switch v := m.(type) {
	case *dt.Decimal:
		if n, ok := float(v); ok {
			yield(NumberRange{n, n})
		}
	case *dt.Range:
		if r, ok := rangeOf(v); ok {
			yield(r)
		}
	case interface{ GetValue() uint32 }: // positiveInt, unsignedInt
		yield(NumberRange{float64(v.GetValue()), float64(v.GetValue())})
	case interface{ GetValue() int32 }: // integer
		yield(NumberRange{float64(v.GetValue()), float64(v.GetValue())})
	case quantity:
		if n, ok := float(v.GetValue()); ok {
			yield(NumberRange{n, n})
		}
	}
}

// float is a decimal as the number nearest to it; ok is false if it has only an extension.
func float(d *dt.Decimal) (n float64, ok bool) {
	if d.GetValue() == "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(d.GetValue(), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return n, true
}

func rangeOf(v *dt.Range) (NumberRange, bool) {
	low, from := float(v.GetLow().GetValue())
	high, to := float(v.GetHigh().GetValue())
	if !from {
		low = math.Inf(-1)
	}
	if !to {
		high = math.Inf(1)
	}
	return NumberRange{low, high}, from || to
}

func (c NumberIs) meets(v Value) bool {
	r, ok := v.(NumberRange)
	if !ok {
		return false
	}
	switch c.Op {
	case Eq:
		return c.Lo <= r.Lo && r.Hi < c.Hi
	case Ne:
		return c.Lo > r.Lo || r.Hi >= c.Hi
	case Gt:
		return r.Hi > c.Hi
	case Lt:
		return r.Lo < c.Lo
	case Ge:
		return r.Hi > c.Hi || r.Lo == c.Lo && r.Hi == c.Hi
	case Le:
		return r.Lo < c.Lo || r.Lo == c.Lo && r.Hi == c.Hi
	case Sa:
		return r.Lo > c.Hi
	case Eb:
		return r.Hi < c.Lo
	default: // Ap
		return r.Lo < c.Hi && c.Lo <= r.Hi
	}
}

// String is the compact form: "eq[99.5,100.5)", or "gt5" where there is no range.
func (c NumberIs) String() string {
	if c.Lo == c.Hi {
		return fmt.Sprintf("%s%v", c.Op, c.Lo)
	}
	return fmt.Sprintf("%s[%v,%v)", c.Op, c.Lo, c.Hi)
}
