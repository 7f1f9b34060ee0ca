package search

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/path/system"
	"frontdesk/fhir/spec"
)

func parseNumber(_ *parser, _ *spec.Param, _, value string) (Criterion, error) {
	text, err := unescape(value)
	if err != nil {
		return nil, err
	}
	c, err := numberOf(text)
	return c, err
}

// numberOf reads a number with its prefix, as many digits as a record may have. Its implicit precision is half of its
// last digit: 100 and 1.00e2 are [99.5, 100.5), 1e2 is [95, 105) (R4 search 3.1.1.4.6).
func numberOf(value string) (NumberIs, error) {
	op, rest, err := prefix(value)
	if err != nil {
		return NumberIs{}, err
	}
	n, last, ok := system.ParseMeasured(rest)
	mantissa, exponent, _ := strings.Cut(strings.ToLower(rest), "e")
	power, _ := strconv.Atoi(exponent)
	if !ok || len(rest) > system.MaxLength || max(power, -power) > system.MaxExponent {
		return NumberIs{}, errors.New("it is not a number, or has more digits than any in a record")
	}
	half := system.Int(5).Shift(last - 1)
	if len(strings.Trim(mantissa, "+-")) == 1 && last > 0 { // R4's own example is a digit finer than its rule
		half = half.Shift(-1)
	}
	switch tenth := n.Abs().Shift(-1); op {
	case Eq, Ne:
	case Ap: // R4 search 3.1.1.4.5 recommends 10 % of the value
		if tenth.Cmp(half) > 0 {
			half = tenth
		}
	default:
		half = system.Int(0)
	}
	return NumberIs{Op: op, Lo: Number(n.Sub(half).Key()), Hi: Number(n.Add(half).Key())}, nil
}

// NumberOf reads a decimal as R4 writes it; ok is false for anything else.
func NumberOf(decimal string) (n Number, ok bool) {
	key, ok := system.Key(decimal)
	return Number(key), ok
}

// String is the decimal, or -Inf and +Inf for the open ends.
func (n Number) String() string {
	switch n {
	case Below:
		return "-Inf"
	case Above:
		return "+Inf"
	}
	text, _ := system.Unkey(string(n))
	return text
}

func takeNumber(_ *extractor, m proto.Message, yield func(Value)) {
	switch v := m.(type) {
	case *dt.Decimal:
		takeDecimal(v.GetValue(), yield)
	case *dt.Range:
		if r, ok := rangeOf(v); ok {
			yield(r)
		}
	case interface{ GetValue() uint32 }: // positiveInt, unsignedInt
		takeDecimal(strconv.FormatUint(uint64(v.GetValue()), 10), yield)
	case interface{ GetValue() int32 }: // integer
		takeDecimal(strconv.FormatInt(int64(v.GetValue()), 10), yield)
	case quantity:
		takeDecimal(v.GetValue().GetValue(), yield)
	}
}

// takeDecimal yields a number. A decimal that has only an extension is none.
func takeDecimal(decimal string, yield func(Value)) {
	if n, ok := NumberOf(decimal); ok {
		yield(NumberRange{n, n})
	}
}

func rangeOf(v *dt.Range) (NumberRange, bool) {
	low, from := NumberOf(v.GetLow().GetValue().GetValue())
	high, to := NumberOf(v.GetHigh().GetValue().GetValue())
	switch {
	case !from:
		low = Below
	case !to:
		high = Above
	}
	return Numbers(low, high), from || to
}

// Numbers is all from one to another, whichever is the greater: a Range whose ends are the wrong way round (R4
// datatypes, rng-2) is found by what lies between them.
func Numbers(a, b Number) NumberRange { return NumberRange{min(a, b), max(a, b)} }

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
