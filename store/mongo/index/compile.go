package index

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Filter is a condition as MongoDB takes it.
type Filter struct {
	D     bson.D // finds at least what the condition is true of; empty finds everything
	Exact bool   // it finds nothing else
	None  bool   // nothing can be found
}

// Compile makes a filter on resources that are known to be of a type, for a query of some moment.
func Compile(t *spec.Type, e expr.Expr, now time.Time) Filter {
	n := compiler{t, now}.compile(e)
	f := Filter{D: n.filter(), Exact: n.exact, None: n.none && n.exact}
	if at := homes(t, e); at != nil {
		f.D = append(slices.Clone(f.D), inHomes(at))
	}
	return f
}

// compiler makes filters on resources of one type.
type compiler struct {
	t   *spec.Type
	now time.Time
}

func (c compiler) compile(e expr.Expr) node {
	switch e := e.(type) {
	case expr.And:
		return c.conjunction(slices.Collect(expr.Necessary(e)))
	case expr.Or:
		any := make([]node, len(e))
		for i, part := range e {
			any[i] = c.compile(part)
		}
		return or(any)
	case expr.Not:
		return not(c.compile(e.Expr))
	case expr.Test:
		return test(e.Param, e.Is)
	case expr.Missing:
		return missing(e.Param)
	case expr.Chain: // what it leads to is in other documents
		return present(Name(e.Param)).superset()
	case expr.Reverse:
		return node{}
	case expr.IDs:
		return ids(c.t, e)
	case expr.Compartment:
		return filter("c", e.Patient)
	case expr.Confined:
		other := bson.D{{Key: "$elemMatch", Value: bson.D{{Key: "$ne", Value: e.Patient}}}}
		return not(filter("c", other))
	case expr.Visible:
		return visible(e, c.now)
	case expr.Marked:
		return marked(e, c.now)
	case expr.Only: // no query has one
	}
	return nothing() // a condition nobody knows lets nobody see anything
}

func missing(p *spec.Param) node {
	switch p {
	case spec.LastUpdated:
		return nothing()
	case spec.ID:
		return everything()
	}
	return not(present(Name(p)))
}

func ids(t *spec.Type, ids expr.IDs) node {
	if len(ids) == 0 {
		return nothing()
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = t.Name + "/" + id
	}
	return filter("_id", bson.D{{Key: "$in", Value: keys}})
}

// conjunction is an And. If it is bound to a Patient, the tokens of hot parameters are looked for behind that Patient's
// id: what is in the compartment or refers to the Patient has them there.
func (c compiler) conjunction(all []expr.Expr) node {
	patient := ""
	for _, e := range all {
		if p := bindsTo(e); p != "" {
			patient = p
		}
	}
	nodes := make([]node, len(all))
	for i, e := range all {
		if nodes[i] = c.compile(e); patient != "" && nodes[i].hot && nodes[i].keys != nil {
			nodes[i] = nodes[i].of(patient)
		}
	}
	return and(nodes)
}

// bindsTo is the id of the Patient without whom nothing meets the condition, "" if there is none.
func bindsTo(e expr.Expr) string {
	if in, ok := e.(expr.Compartment); ok {
		return in.Patient
	}
	test, _ := e.(expr.Test)
	if is, ok := test.Is.(search.RefIs); ok && is.Type == "Patient" && test.Param.Kind == spec.Reference {
		return is.ID
	}
	return ""
}

// of is the node with its keys behind a Patient's id.
func (n node) of(patient string) node {
	mine := make([]string, len(n.keys))
	for i, key := range n.keys {
		mine[i] = own(patient, key)
	}
	is := any(mine[0])
	if len(mine) > 1 {
		is = bson.D{{Key: "$in", Value: mine}}
	}
	return node{d: bson.D{{Key: "ck", Value: is}}, exact: n.exact}
}

// Params are the parameters whose values decide whether a condition is true of a resource itself, by their Names.
func Params(e expr.Expr, into map[string]*spec.Param) {
	add := func(p *spec.Param) {
		if p.Indexed() {
			into[Name(p)] = p
		}
	}
	for leaf := range expr.Leaves(e) {
		switch leaf := leaf.(type) {
		case expr.Test:
			add(leaf.Param)
		case expr.Missing:
			add(leaf.Param)
		case expr.Chain:
			add(leaf.Param)
		case expr.And, expr.Or, expr.Not, expr.Only, expr.Reverse, expr.IDs, expr.Compartment,
			expr.Confined, expr.Visible, expr.Marked:
		}
	}
}

// Chained says whether there is a Chain or Reverse in a condition.
func Chained(e expr.Expr) bool {
	for leaf := range expr.Leaves(e) {
		if expr.Elsewhere(leaf) != nil {
			return true
		}
	}
	return false
}
