package capability

import (
	"slices"

	"frontdesk/fhir"
)

// Operation is what is told of an operation ($name): the row from which it is wired, listed in the statement and
// defined in an OperationDefinition of our own (R4 operationdefinition).
type Operation struct {
	Name         string   // without the $
	ID           string   // of its OperationDefinition here, as "Patient-everything"
	Standard     string   // the canonical URL of the definition it follows; "" for one of our own
	Title        string   // a few words
	Description  string   // what it does, and what of the standard's it does otherwise
	Types        []string // the resource types it is for; nil: all
	System       bool     // it can be called at the base
	OfType       bool     // at a type
	Instance     bool     // at a resource
	AffectsState bool     // it changes something, so it can't be called by GET (R4 operations 3.2.0.2)
	Async        bool     // it is carried out in the background (R4 async 3.1.0.15)
	Criteria     bool     // it takes the type's search parameters besides Parameters
	Parameters   []Parameter
}

// Parameter is one parameter of an Operation.
type Parameter struct {
	Name          string
	Out           bool // it's given back, not taken
	Min           int
	Max           string // "1" or "*"
	Type          string // a data type or resource type of R4; "" if it has parts
	Documentation string
	Part          []Parameter // what it consists of, instead of a value
}

// For says whether the operation is for a type.
func (o *Operation) For(typ string) bool { return o.Types == nil || slices.Contains(o.Types, typ) }

// Key is where its OperationDefinition is read.
func (o *Operation) Key() fhir.Key { return fhir.Key{Type: "OperationDefinition", ID: o.ID} }

// operation is CapabilityStatement.rest.resource.operation.
type operation struct {
	Name          string `json:"name"`
	Definition    string `json:"definition"`
	Documentation string `json:"documentation"`
}

// operations are those that can be called at system level, or for "" of no type at a type or its resources.
func (in *Input) operations(typ string) []operation {
	var out []operation
	for _, o := range in.Operations {
		if typ == "" && o.System || typ != "" && (o.OfType || o.Instance) && o.For(typ) {
			out = append(out, operation{o.Name, in.Base + "/" + o.Key().String(), o.Title})
		}
	}
	return out
}

// operationDefinition is R4's resource of that name.
type operationDefinition struct {
	ResourceType string             `json:"resourceType"`
	ID           string             `json:"id"`
	URL          string             `json:"url"`
	Version      string             `json:"version,omitempty"`
	Name         string             `json:"name"`
	Title        string             `json:"title"`
	Status       string             `json:"status"`
	Kind         string             `json:"kind"`
	Description  string             `json:"description"`
	AffectsState bool               `json:"affectsState"`
	Code         string             `json:"code"`
	Base         string             `json:"base,omitempty"`
	Resource     []string           `json:"resource,omitempty"`
	System       bool               `json:"system"`
	Type         bool               `json:"type"`
	Instance     bool               `json:"instance"`
	Parameter    []definedParameter `json:"parameter,omitempty"`
}

type definedParameter struct {
	Name          string             `json:"name"`
	Use           string             `json:"use"`
	Min           int                `json:"min"`
	Max           string             `json:"max"`
	Documentation string             `json:"documentation,omitempty"`
	Type          string             `json:"type,omitempty"`
	Part          []definedParameter `json:"part,omitempty"`
}

// defined are parameters as the definition has them. Parts are in or out as what they are part of.
func defined(ps []Parameter, out bool) (all []definedParameter) {
	for _, p := range ps {
		use := "in"
		if p.Out || out {
			use = "out"
		}
		all = append(all, definedParameter{p.Name, use, p.Min, p.Max, p.Documentation, p.Type, defined(p.Part, p.Out || out)})
	}
	return all
}

// Definition is an operation's OperationDefinition. base is the FHIR base URL, version Frontdesk's.
func (o *Operation) Definition(base, version string) ([]byte, error) {
	d := operationDefinition{
		ResourceType: "OperationDefinition", ID: o.ID, URL: base + "/" + o.Key().String(), Version: version, Name: fhir.Computable(o.ID), Title: o.Title,
		Status: "active", Kind: "operation", Description: o.Description, AffectsState: o.AffectsState, Code: o.Name, Base: o.Standard,
		Resource: o.Types, System: o.System, Type: o.OfType, Instance: o.Instance,
	}
	if o.Types == nil && (o.OfType || o.Instance) {
		d.Resource = []string{"Resource"}
	}
	d.Parameter = defined(o.Parameters, false)
	return marshal(d)
}
