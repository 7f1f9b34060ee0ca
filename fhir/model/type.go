package model

import "google.golang.org/protobuf/reflect/protoreflect"

// Kind is what sort of type a Type is.
type Kind uint8

// The kinds of types (R4 StructureDefinition.kind, and what has no definition of its own).
const (
	Complex   Kind = iota // a data type with elements: HumanName
	Primitive             // a data type with a value: dateTime
	Backbone              // the elements within an element: Patient.contact
	Resource              // a resource type
	Abstract              // one that no value is of: Element, DomainResource; and Resource, where any resource may stand
)

// Type is a type of R4.
type Type struct {
	// Name is R4's: "Patient", "HumanName", "dateTime", "Patient.contact". Each code of a required binding has a Type
	// of its own, and all are named "code".
	Name string
	Kind Kind
	// Base is the type that it specializes: Age has Quantity, code has string. It is nil of Resource and Element.
	Base *Type
	// Descriptor is that of the google/fhir message: nil of types that are only bases. ContainedResource and Any
	// stand for Resource.
	Descriptor protoreflect.MessageDescriptor
	// Elements are in R4's order. Those of a primitive are its id and extension.
	Elements []*Element
	// Codes are those of a required binding, in google/fhir's order; nil if there is no list of them.
	Codes []Code
	// ValueSet is the one that a code with a Type of its own is bound to: its canonical URL.
	ValueSet string
	// Constraints must not be false of each value.
	Constraints []Constraint

	byName map[string]*Element
	byKey  map[string]*Member
}

// Element is an element of a type.
type Element struct {
	Name     string // without [x]
	Parent   *Type
	Field    protoreflect.FieldDescriptor
	Repeated bool
	Required bool
	Choice   bool      // of value[x]
	Members  []*Member // one, or one of each type of a choice
	// Constraints must not be false of each value here, beside those of its type.
	Constraints []Constraint
	Binding     *Binding // nil if it is bound to no value set
}

// Member is an element as one of its types: what JSON has a key for.
type Member struct {
	Key     string // in JSON: "name", "valueQuantity"
	Element *Element
	// Field is that of the value: Element.Field, or for a choice a field of that one's message.
	Field   protoreflect.FieldDescriptor
	Type    *Type
	Targets []string // resource types that a Reference may point at; nil is any
}

// Code is one of a required binding.
type Code struct {
	System string // the code system it is from
	Code   string
	Number protoreflect.EnumNumber
}

// Element is the one of the name ("value" for value[x]); nil if the type has none.
func (t *Type) Element(name string) *Element { return t.byName[name] }

// Member is the one that JSON has the key for; nil if the type has none.
func (t *Type) Member(key string) *Member { return t.byKey[key] }

// Is says whether values of the type are values of other too.
func (t *Type) Is(other *Type) bool {
	for ; t != nil; t = t.Base {
		if t == other {
			return true
		}
	}
	return false
}

// Path is the element's in R4's StructureDefinition: "Patient.contact.name", "Observation.value[x]".
func (e *Element) Path() string {
	if e.Choice {
		return e.Parent.Name + "." + e.Name + "[x]"
	}
	return e.Parent.Name + "." + e.Name
}

// Type is the element's, if it has only one; else nil.
func (e *Element) Type() *Type {
	if len(e.Members) != 1 {
		return nil
	}
	return e.Members[0].Type
}

// As is the member that has a type of the name, as R4 or as Go writes its first letter; nil if there is none.
func (e *Element) As(name string) *Member {
	for _, m := range e.Members {
		if n := m.Type.Name; n == name || len(n) == len(name) && lowerFirst(n) == lowerFirst(name) {
			return m
		}
	}
	return nil
}
