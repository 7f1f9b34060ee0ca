package search

import (
	"errors"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/spec"
)

// currency is the system of Money.currency.
const currency = "urn:iso:std:iso:4217"

// quantity is what Quantity and its specialisations (Age, Duration, SimpleQuantity …) have in common.
type quantity interface {
	proto.Message
	GetValue() *dt.Decimal
	GetUnit() *dt.String
	GetSystem() *dt.Uri
	GetCode() *dt.Code
}

func parseQuantity(_ *parser, _ *spec.Param, _, value string) (Criterion, error) {
	parts, err := fields(value, '|', 1, 3)
	if err != nil || len(parts) == 2 || len(parts) == 3 && parts[2] == "" {
		return nil, errors.New("a quantity is number, number||unit or number|system|code")
	}
	n, err := numberOf(parts[0])
	if err != nil || len(parts) == 1 {
		return QuantityIs{NumberIs: n, AnyUnit: true, AnySystem: true}, err
	}
	return QuantityIs{NumberIs: n, System: parts[1], Unit: parts[2], AnySystem: parts[1] == ""}, nil
}

func takeQuantity(_ *extractor, m proto.Message, yield func(Value)) {
	switch v := m.(type) {
	case quantity:
		if n, ok := NumberOf(v.GetValue().GetValue()); ok {
			yield(amount(compared(v, n), v))
		}
	case *dt.Money:
		if n, ok := NumberOf(v.GetValue().GetValue()); ok {
			yield(Amount{NumberRange: NumberRange{n, n}, System: currency, Code: v.GetCurrency().GetValue()})
		}
	case *dt.Range:
		if r, ok := rangeOf(v); ok {
			unit := v.GetLow()
			if unit == nil {
				unit = v.GetHigh()
			}
			yield(amount(r, unit))
		}
	}
}

func amount(r NumberRange, unit quantity) Amount {
	return Amount{NumberRange: r, System: unit.GetSystem().GetValue(), Code: unit.GetCode().GetValue(), Unit: unit.GetUnit().GetValue()}
}

// compared is the range a quantity's comparator makes of its value: "<5" is everything up to 5.
func compared(q quantity, n Number) NumberRange {
	m := q.ProtoReflect()
	f := m.Descriptor().Fields().ByName("comparator")
	if f == nil || !m.Has(f) {
		return NumberRange{n, n}
	}
	r := NumberRange{n, n}
	takeCode(m.Get(f).Message(), func(v Value) {
		switch v.(Token).Code[0] {
		case '<':
			r.Lo = Below
		case '>':
			r.Hi = Above
		}
	})
	return r
}

func (c QuantityIs) meets(v Value) bool {
	a, ok := v.(Amount)
	switch {
	case !ok || !c.NumberIs.meets(a.NumberRange):
		return false
	case c.AnyUnit:
		return true
	case c.AnySystem:
		return c.Unit == a.Code || c.Unit == a.Unit
	}
	return c.System == a.System && c.Unit == a.Code
}

// String is the compact form: "gt5.4|system|code", with * for any.
func (c QuantityIs) String() string {
	system, unit := c.System, c.Unit
	if c.AnySystem {
		system = "*"
	}
	if c.AnyUnit {
		unit = "*"
	}
	return c.NumberIs.String() + "|" + system + "|" + unit
}
