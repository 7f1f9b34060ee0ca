package path

import (
	"strings"

	"frontdesk/fhir/path/system"
)

// conversions are toX and convertsToX (FHIRPath 2.0, 5.5).
func conversions() map[string]function {
	all := map[string]function{}
	for name, to := range map[string]func(any) any{"Boolean": toBoolean, "Integer": toInteger, "Decimal": toDecimal, "String": toString,
		"Date": toMoment(system.Date), "DateTime": toMoment(system.DateTime), "Time": toMoment(system.Time), "Quantity": toQuantity, "Long": toInteger} {
		all["to"+name] = function{0, 0, func(r *run, n *Node, _ *frame, in Collection) Collection {
			if v, ok := r.single(n, in); ok {
				if out := to(v.System()); out != nil {
					return one(out)
				}
			}
			return nil
		}, name, ""}
		all["convertsTo"+name] = function{0, 0, func(r *run, n *Node, _ *frame, in Collection) Collection {
			v, ok := r.single(n, in)
			if !ok {
				return nil
			}
			return one(to(v.System()) != nil)
		}, "Boolean", ""}
	}
	all["toQuantity"] = function{0, 1, inUnit(false), "Quantity", ""}
	all["convertsToQuantity"] = function{0, 1, inUnit(true), "Boolean", ""}
	return all
}

// inUnit is toQuantity and convertsToQuantity, which may ask for a unit.
func inUnit(ask bool) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, f *frame, in Collection) Collection {
		v, ok := r.single(n, in)
		if !ok {
			return nil
		}
		q, ok := toQuantity(v.System()).(system.Quantity)
		if ok && len(n.Args) > 0 {
			if unit, given := r.string(n, r.arg(n, 0, f)); given {
				q, ok = q.To(unitOf(unit))
			}
		}
		switch {
		case ask:
			return one(ok)
		case ok:
			return one(q)
		}
		return nil
	}
}

// unitOf is the unit that toQuantity() asks for: UCUM's, or the calendar's name of a duration.
func unitOf(unit string) system.Quantity {
	return system.Quantity{Unit: unit, Calendar: system.IsDuration(unit)}
}

// words are the strings that are booleans (FHIRPath 2.0, 5.5.2).
var words = map[string]bool{"true": true, "t": true, "yes": true, "y": true, "1": true, "1.0": true,
	"false": false, "f": false, "no": false, "n": false, "0": false, "0.0": false}

func toBoolean(s any) any {
	switch s := decimal(s).(type) {
	case bool:
		return s
	case system.Decimal:
		if s.Cmp(system.Int(1)) == 0 || s.Sign() == 0 {
			return s.Sign() != 0
		}
	case string:
		if b, ok := words[strings.ToLower(s)]; ok {
			return b
		}
	}
	return nil
}

func toInteger(s any) any {
	switch s := s.(type) {
	case int64:
		return s
	case bool:
		if s {
			return int64(1)
		}
		return int64(0)
	case string:
		if strings.ContainsAny(s, ".eE") {
			return nil
		}
		if d, ok := system.ParseDecimal(s); ok {
			if n, whole := d.Int64(); whole {
				return n
			}
		}
	}
	return nil
}

func toDecimal(s any) any {
	switch s := decimal(s).(type) {
	case system.Decimal:
		return s
	case bool:
		if s {
			return system.Int(1)
		}
		return system.Int(0)
	case string:
		if d, ok := system.ParseDecimal(s); ok && !strings.ContainsAny(s, "eE") {
			return d
		}
	}
	return nil
}

func toString(s any) any {
	if _, none := s.(typeInfo); none || s == nil {
		return nil
	}
	return text(s)
}

func toMoment(k system.MomentKind) func(any) any {
	return func(s any) any {
		switch s := s.(type) {
		case system.Moment:
			if m, ok := s.As(k); ok {
				return m
			}
		case string:
			if m, ok := system.ParseMoment(k, s); ok {
				return m
			}
			if m, ok := system.ParseMoment(system.DateTime, s); ok && k == system.Date {
				m, _ = m.As(k)
				return m
			}
		}
		return nil
	}
}

func toQuantity(s any) any {
	switch s := decimal(s).(type) {
	case system.Quantity:
		return s
	case system.Decimal:
		return quantity(s)
	case bool:
		return quantity(toDecimal(s))
	case string:
		if q, ok := system.ParseQuantity(s); ok {
			return q
		}
	}
	return nil
}
