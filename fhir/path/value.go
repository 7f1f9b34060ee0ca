package path

import (
	"strings"

	"frontdesk/fhir/model"
	"frontdesk/fhir/path/system"
)

// Value is one item of a collection: an element, or what was computed: a bool, an int64, a string, a system.Decimal,
// Moment or Quantity.
type Value struct {
	Element *Element
	system  any
}

// Collection is what an expression gives: values in order, not nested.
type Collection []Value

// typeInfo is what type() gives (FHIRPath 2.0, 10.2).
type typeInfo struct{ namespace, name string }

func of(system any) Value { return Value{system: system} }

func one(system any) Collection { return Collection{of(system)} }

// System is the value as one of FHIRPath's own types: a primitive's, or that of a Quantity; nil if it is none.
func (v Value) System() any {
	if v.Element == nil {
		return v.system
	}
	return v.Element.system()
}

// system is the element's value as one of FHIRPath's own types (R4 fhirpath 2.9.1).
func (e *Element) system() any {
	r4 := model.R4()
	switch {
	case e.Type == nil:
		return e.untyped()
	case e.Type.Kind == model.Complex && e.Type.Is(r4.Type("Quantity")):
		return e.quantity()
	case e.Type.Kind != model.Primitive || !e.HasValue():
		return nil
	}
	name := e.Type.Name
	if e.Type.Base != nil && e.Type.Base.Name == "integer" {
		name = "integer"
	}
	switch name {
	case "boolean":
		if e.value.kind == 't' || e.value.kind == 'f' {
			return e.value.kind == 't'
		}
		return nil
	case "integer", "decimal":
		d, ok := system.ParseDecimal(e.value.text)
		if n, whole := d.Int64(); ok && whole && name == "integer" {
			return n
		}
		if ok {
			return d
		}
		return nil
	case "date", "dateTime", "instant", "time":
		if m, ok := system.ParseMoment(momentOf[name], e.value.text); ok {
			return m
		}
	}
	return e.value.text
}

var momentOf = map[string]system.MomentKind{"date": system.Date, "dateTime": system.DateTime, "instant": system.DateTime, "time": system.Time}

// untyped is the value of an element that R4 doesn't know, by JSON's types.
func (e *Element) untyped() any {
	if !e.HasValue() {
		return nil
	}
	switch e.value.kind {
	case 't', 'f':
		return e.value.kind == 't'
	case '0':
		d, ok := system.ParseDecimal(e.value.text)
		if n, whole := d.Int64(); whole && !strings.ContainsAny(e.value.text, ".eE") {
			return n
		}
		if !ok {
			return nil
		}
		return d
	}
	return e.value.text
}

// ucum is the code system of UCUM.
const ucum = "http://unitsofmeasure.org"

// quantity is a FHIR Quantity as FHIRPath's (R4 fhirpath 2.9.1.4); nil if it has no value, or a comparator.
func (e *Element) quantity() any {
	text := func(name string) string {
		if all := e.Named(name); len(all) == 1 {
			return all[0].Text()
		}
		return ""
	}
	d, ok := system.ParseDecimal(text("value"))
	if !ok || text("comparator") != "" {
		return nil
	}
	q := system.Quantity{Value: d, Unit: "1"}
	switch code, unit := text("code"), text("unit"); {
	case code != "" && text("system") == ucum:
		q.Unit = code
	case code != "":
		q.Unit = code
	case unit != "":
		q.Unit = unit
	}
	return q
}

// Text is the value as FHIRPath writes it: a date as 2026-05, a quantity as 4 'mg'; "" of what has elements.
func (v Value) Text() string { return text(v.System()) }

func text(of any) string {
	switch s := of.(type) {
	case bool:
		if s {
			return "true"
		}
		return "false"
	case int64:
		return system.Int(s).String()
	case string:
		return s
	case interface{ String() string }:
		return s.String()
	}
	return ""
}

// TypeName is the name of the value's type: FHIR's of an element, FHIRPath's of what was computed.
func (v Value) TypeName() string { return v.info().name }

// info is what type() says of it.
func (v Value) info() typeInfo {
	if e := v.Element; e != nil {
		if e.Type == nil {
			return typeInfo{"FHIR", "Element"}
		}
		return typeInfo{"FHIR", fhirName(e.Type)}
	}
	name := ""
	switch s := v.system.(type) {
	case bool:
		name = "Boolean"
	case int64:
		name = "Integer"
	case string:
		name = "String"
	case system.Decimal:
		name = "Decimal"
	case system.Quantity:
		name = "Quantity"
	case system.Moment:
		name = [...]string{system.Date: "Date", system.DateTime: "DateTime", system.Time: "Time"}[s.Kind]
	case typeInfo:
		return typeInfo{"System", "SimpleTypeInfo"}
	}
	return typeInfo{"System", name}
}

// fhirName is the type's name in R4: google/fhir has SimpleQuantity as a type, which is a profile.
func fhirName(t *model.Type) string {
	if t.Name == "SimpleQuantity" || t.Name == "MoneyQuantity" {
		return "Quantity"
	}
	return t.Name
}

// typeSpec is a type as an expression names it.
type typeSpec struct {
	fhir   *model.Type // nil if FHIR has none of the name, or another namespace is given
	system string      // "" likewise
}

var systemTypes = map[string]bool{"Boolean": true, "String": true, "Integer": true, "Decimal": true, "Date": true, "DateTime": true,
	"Time": true, "Quantity": true, "Any": true, "Long": true}

// parseType finds the type that an expression names; ok is false if there is none.
func parseType(name string) (t typeSpec, ok bool) {
	rest, fhir := strings.CutPrefix(name, "FHIR.")
	rest, sys := strings.CutPrefix(rest, "System.")
	if !sys {
		t.fhir = model.R4().Type(rest)
	}
	if !fhir && systemTypes[rest] {
		t.system = rest
	}
	return t, t.fhir != nil || t.system != "" || sys
}

// is says whether the value is of the type, or of one that specializes it.
func (v Value) is(t typeSpec) bool {
	if v.Element != nil {
		return t.fhir != nil && v.Element.Type != nil && v.Element.Type.Is(t.fhir)
	}
	return t.system != "" && (t.system == "Any" || v.info().name == t.system)
}
