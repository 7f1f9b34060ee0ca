package expr

import (
	"time"

	"frontdesk/fhir/spec"
)

// Expr is a condition on one resource: one of Kinds.
type Expr interface{ expr() }

// Kinds has one Expr of each kind there is.
var Kinds = []Expr{
	And{}, Or{}, Not{}, Test{}, Missing{}, Chain{}, Only{}, Reverse{}, IDs{}, Compartment{}, Confined{}, Visible{},
	Marked{},
}

// From is one type's part of a search: the resources of Type for which Where holds.
type From struct {
	Type  *spec.Type
	Where Expr
}

// And is true when all are; the empty And is true of everything.
type And []Expr

// Or is true when one is; the empty Or is true of nothing.
type Or []Expr

// Not is true when the other isn't.
type Not struct{ Expr Expr }

// Test is true when one of the resource's values for Param meets Is. Param is Indexed, or spec.LastUpdated.
type Test struct {
	Param *spec.Param
	Is    Criterion
}

// Criterion is what a Test asks of a value. Package search has those there are and knows what meets them; String is the
// compact form, for search.Print.
type Criterion interface{ String() string }

// Missing is true when the resource has no value at all for Param (modifier :missing).
type Missing struct{ Param *spec.Param }

// Chain is true when a reference in Param points to a current resource for which one of To holds (R4 search
// 3.1.1.4.15).
type Chain struct {
	Param *spec.Param
	To    []From
}

// Only is true when each reference in Param to a type of To points to a current resource for which To holds: what isn't
// there doesn't do either, so that it tells nobody what is there. It is what a write is judged by, and never in the
// query that a backend is asked.
type Only struct {
	Param *spec.Param
	To    []From
}

// Reverse is true when a resource for which By holds points here by Param, a parameter of By.Type (_has, R4 search
// 3.1.1.4.16).
type Reverse struct {
	Param *spec.Param
	By    From
}

// IDs is true when the resource's id is one of them.
type IDs []string

// Compartment is true when the resource is in the compartment of the Patient with this id.
type Compartment struct{ Patient string }

// Confined is true when the resource is in no Patient's compartment but that of the one with this id, if in any.
type Confined struct{ Patient string }

// Visible is true when the resource's facts let a patient see it at the moment of the query: not hidden, released by
// then, in one of Sections (nil: in any or none), and recorded at or after From by the practice's rules for online
// records.
type Visible struct {
	Sections []string
	From     time.Time
}

// Marked is true when the resource's facts have a mark at the moment of the query. It is what a search for the mark's
// tag comes to for staff.
type Marked struct{ Mark Mark }

func (And) expr()         {}
func (Or) expr()          {}
func (Not) expr()         {}
func (Test) expr()        {}
func (Missing) expr()     {}
func (Chain) expr()       {}
func (Only) expr()        {}
func (Reverse) expr()     {}
func (IDs) expr()         {}
func (Compartment) expr() {}
func (Confined) expr()    {}
func (Visible) expr()     {}
func (Marked) expr()      {}
