package path

import (
	"slices"
	"strings"

	"frontdesk/fhir/path/system"
)

// truth is a boolean that may be empty (FHIRPath 2.0, 6.5).
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// collection is the truth as an expression gives it.
func (t truth) collection() Collection {
	if t == unknown {
		return nil
	}
	return one(t == yes)
}

func (t truth) not() truth {
	switch t {
	case no:
		return yes
	case yes:
		return no
	}
	return unknown
}

// equals says whether two collections hold the same, in the same order (FHIRPath 2.0, 6.1.1).
func equals(a, b Collection) truth {
	switch {
	case len(a) == 0 || len(b) == 0:
		return unknown
	case len(a) != len(b):
		return no
	}
	out := yes
	for i := range a {
		switch same(a[i], b[i]) {
		case no:
			return no
		case unknown:
			out = unknown
		}
	}
	return out
}

// same says whether two values are equal.
func same(a, b Value) truth {
	if a.Element != nil && a.Element == b.Element {
		return yes
	}
	x, y := a.System(), b.System()
	if x == nil || y == nil || a.composed() && b.composed() {
		return truthOf(key(a) == key(b))
	}
	x, y = alike(x, y)
	switch x := x.(type) {
	case system.Decimal:
		if y, ok := y.(system.Decimal); ok {
			return truthOf(x.Cmp(y) == 0)
		}
	case system.Moment:
		y, ok := y.(system.Moment)
		if !ok || (x.Kind == system.Time) != (y.Kind == system.Time) {
			return no
		}
		order, known := x.Compare(y)
		if !known {
			return unknown
		}
		return truthOf(order == 0)
	case system.Quantity:
		if y, ok := y.(system.Quantity); ok {
			equal, known := x.Equal(y)
			if !known {
				return unknown
			}
			return truthOf(equal)
		}
	default:
		return truthOf(x == y)
	}
	return no
}

// composed says whether it has elements: a FHIR Quantity too.
func (v Value) composed() bool {
	return v.Element != nil && v.Element.value != nil && v.Element.value.kind == '{'
}

// alike converts what is converted without being asked: integers to decimals, and both to quantities (FHIRPath 2.0,
// 5.5).
func alike(x, y any) (any, any) {
	x, y = decimal(x), decimal(y)
	if q, ok := x.(system.Quantity); ok {
		_ = q
		return x, quantity(y)
	}
	if _, ok := y.(system.Quantity); ok {
		return quantity(x), y
	}
	return x, y
}

func decimal(x any) any {
	if n, ok := x.(int64); ok {
		return system.Int(n)
	}
	return x
}

func quantity(x any) any {
	if d, ok := decimal(x).(system.Decimal); ok {
		return system.Quantity{Value: d, Unit: "1"}
	}
	return x
}

// equivalent says whether two collections hold the like, in any order (FHIRPath 2.0, 6.1.2).
func equivalent(a, b Collection) bool {
	if len(a) != len(b) {
		return false
	}
	left := slices.Clone(b)
	for _, v := range a {
		i := slices.IndexFunc(left, func(w Value) bool { return like(v, w) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

func like(a, b Value) bool {
	if a.composed() && b.composed() && a.System() == nil {
		return likeElements(a.Element, b.Element)
	}
	x, y := alike(a.System(), b.System())
	switch x := x.(type) {
	case nil:
		return key(a) == key(b)
	case string:
		y, ok := y.(string)
		return ok && fold(x) == fold(y)
	case system.Decimal:
		y, ok := y.(system.Decimal)
		return ok && x.Alike(y)
	case system.Moment:
		y, ok := y.(system.Moment)
		if !ok {
			return false
		}
		order, known := x.Compare(y)
		return known && order == 0
	case system.Quantity:
		y, ok := y.(system.Quantity)
		return ok && x.Alike(y)
	}
	return x == y
}

// likeElements compares what has elements, element by element, but for ids.
func likeElements(a, b *Element) bool {
	names := func(e *Element) map[string]Collection {
		all := map[string]Collection{}
		for _, k := range e.Children() {
			if k.Name != "id" {
				all[k.Name] = append(all[k.Name], Value{Element: k})
			}
		}
		return all
	}
	x, y := names(a), names(b)
	if len(x) != len(y) {
		return false
	}
	for name, all := range x {
		if !equivalent(all, y[name]) {
			return false
		}
	}
	return true
}

// fold writes text without regard to case and to how much white space there is.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// key is the same text for values that are equal, and not for others (but where that can't be told).
func key(v Value) string {
	if e := v.Element; e != nil && (e.value == nil || e.value.kind == '{' || e.value.kind == '[') {
		var b strings.Builder
		writeKey(&b, e)
		return b.String()
	}
	switch s := decimal(v.System()).(type) {
	case bool:
		return "b" + text(s)
	case system.Decimal:
		return "n" + s.Plain()
	case string:
		return "s" + s
	case system.Moment:
		return "m" + s.Key()
	case system.Quantity:
		return "q" + s.Key()
	case typeInfo:
		return "t" + s.namespace + "." + s.name
	}
	return ""
}

// writeKey writes an element's children in an order of their own.
func writeKey(b *strings.Builder, e *Element) {
	kids := slices.Clone(e.Children())
	slices.SortStableFunc(kids, func(x, y *Element) int { return strings.Compare(x.Name, y.Name) })
	b.WriteByte('{')
	for _, k := range kids {
		b.WriteString(k.Name)
		b.WriteByte(':')
		b.WriteString(key(Value{Element: k}))
		b.WriteByte('\n')
	}
	b.WriteByte('}')
}

// compare says which value is less, by cmp's results; known is false where that can't be told, ok if they can't be
// compared at all.
func compare(a, b Value) (order int, known, ok bool) {
	x, y := alike(a.System(), b.System())
	switch x := x.(type) {
	case string:
		y, ok := y.(string)
		return strings.Compare(x, y), ok, ok
	case system.Decimal:
		y, ok := y.(system.Decimal)
		if !ok {
			return 0, false, false
		}
		return x.Cmp(y), true, true
	case system.Moment:
		y, ok := y.(system.Moment)
		if !ok || (x.Kind == system.Time) != (y.Kind == system.Time) {
			return 0, false, false
		}
		order, known := x.Compare(y)
		return order, known, true
	case system.Quantity:
		y, ok := y.(system.Quantity)
		if !ok {
			return 0, false, false
		}
		order, known := x.Compare(y)
		return order, known, true
	}
	return 0, false, false
}
