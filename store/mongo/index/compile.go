package index

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Filter is a condition as MongoDB takes it.
type Filter struct {
	D     bson.D // finds at least what the condition is true of; empty finds everything
	Exact bool   // it finds nothing else
	None  bool   // nothing can be found
}

// Compile makes a filter on resources that are known to be of a type.
func Compile(t *spec.Type, e search.Expr) Filter {
	n := compile(t, e)
	f := Filter{D: n.filter(), Exact: n.exact, None: n.none && n.exact}
	if at := homes(t, e); at != nil {
		f.D = append(slices.Clone(f.D), inHomes(at))
	}
	return f
}

func compile(t *spec.Type, e search.Expr) node {
	switch e := e.(type) {
	case search.And:
		return conjunction(t, flat(e, nil))
	case search.Or:
		any := make([]node, len(e))
		for i, part := range e {
			any[i] = compile(t, part)
		}
		return or(any)
	case search.Not:
		return not(compile(t, e.Expr))
	case search.Test:
		return test(e.Param, e.Is)
	case search.Missing:
		return missing(e.Param)
	case search.Chain: // what it leads to is in other documents
		return present(Name(e.Param)).superset()
	case search.Reverse:
		return node{}
	case search.IDs:
		return ids(t, e)
	case search.Compartment:
		return filter("c", e.Patient)
	case search.Confined:
		other := bson.D{{Key: "$elemMatch", Value: bson.D{{Key: "$ne", Value: e.Patient}}}}
		return not(filter("c", other))
	case search.Visible:
		return visible(e)
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

func ids(t *spec.Type, ids search.IDs) node {
	if len(ids) == 0 {
		return nothing()
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = t.Name + "/" + id
	}
	return filter("_id", bson.D{{Key: "$in", Value: keys}})
}

// flat puts nested Ands into one list. An Or of one is that one.
func flat(e search.Expr, out []search.Expr) []search.Expr {
	if or, ok := e.(search.Or); ok && len(or) == 1 {
		return flat(or[0], out)
	}
	and, ok := e.(search.And)
	if !ok {
		return append(out, e)
	}
	for _, x := range and {
		out = flat(x, out)
	}
	return out
}

// conjunction is an And. If it is bound to a Patient, the tokens of hot parameters are looked for behind that Patient's id: what is in
// the compartment or refers to the Patient has them there.
func conjunction(t *spec.Type, all []search.Expr) node {
	patient := ""
	for _, e := range all {
		if p := bindsTo(e); p != "" {
			patient = p
		}
	}
	nodes := make([]node, len(all))
	for i, e := range all {
		if nodes[i] = compile(t, e); patient != "" && nodes[i].hot && nodes[i].keys != nil {
			nodes[i] = nodes[i].of(patient)
		}
	}
	return and(nodes)
}

// bindsTo is the id of the Patient without whom nothing meets the condition, "" if there is none.
func bindsTo(e search.Expr) string {
	switch e := e.(type) {
	case search.Compartment:
		return e.Patient
	case search.Test:
		if is, ok := e.Is.(search.RefIs); ok && is.Type == "Patient" && e.Param.Kind == spec.Reference {
			return is.ID
		}
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
func Params(e search.Expr, into map[string]*spec.Param) {
	add := func(p *spec.Param) {
		if p.Indexed() {
			into[Name(p)] = p
		}
	}
	switch e := e.(type) {
	case search.And:
		each(e, into)
	case search.Or:
		each(e, into)
	case search.Not:
		Params(e.Expr, into)
	case search.Test:
		add(e.Param)
	case search.Missing:
		add(e.Param)
	case search.Chain:
		add(e.Param)
	}
}

func each(es []search.Expr, into map[string]*spec.Param) {
	for _, e := range es {
		Params(e, into)
	}
}

// Chained says whether there is a Chain or Reverse in a condition.
func Chained(e search.Expr) bool {
	switch e := e.(type) {
	case search.And:
		return slices.ContainsFunc(e, Chained)
	case search.Or:
		return slices.ContainsFunc(e, Chained)
	case search.Not:
		return Chained(e.Expr)
	case search.Chain, search.Reverse:
		return true
	}
	return false
}
