package index

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// bound is one condition on an end of a range.
func bound(end, op string, value any) bson.E {
	return bson.E{Key: end, Value: bson.D{{Key: op, Value: value}}}
}

// spans asks for a range of a parameter that meets all conditions. Each has its own $elemMatch, so that all of it is
// about one range and the index on parameter and ends serves it.
func spans(name string, of ...bson.E) node {
	in := append(bson.D{{Key: "p", Value: name}}, of...)
	return node{d: bson.D{{Key: "r", Value: bson.D{{Key: "$elemMatch", Value: in}}}}, exact: true}
}

// dates is search.DateIs.
func dates(name string, is search.DateIs) node {
	equal := spans(name, bound("lo", "$gte", is.Lo), bound("hi", "$lte", is.Hi))
	starts, ends := spans(name, bound("lo", "$lt", is.Lo)), spans(name, bound("hi", "$gt", is.Hi))
	switch is.Op {
	case search.Eq:
		return equal
	case search.Ne:
		return or([]node{starts, ends})
	case search.Gt:
		return ends
	case search.Lt:
		return starts
	case search.Ge:
		return or([]node{equal, ends})
	case search.Le:
		return or([]node{equal, starts})
	case search.Sa:
		return spans(name, bound("lo", "$gte", is.Hi))
	case search.Eb:
		return spans(name, bound("hi", "$lte", is.Lo))
	}
	return spans(name, bound("lo", "$lt", is.Hi), bound("hi", "$gt", is.Lo))
}

// updated is search.DateIs of the time of the last change, which is one microsecond long.
func updated(is expr.Criterion) node {
	d, ok := is.(search.DateIs)
	if !ok {
		return nothing()
	}
	u := func(of ...bson.E) node { return node{d: bson.D{{Key: "u", Value: bson.D(of)}}, exact: true} }
	from, after := bson.E{Key: "$gte", Value: d.Lo}, bson.E{Key: "$gte", Value: d.Hi}
	until, before := bson.E{Key: "$lt", Value: d.Hi}, bson.E{Key: "$lt", Value: d.Lo}
	switch d.Op {
	case search.Eq, search.Ap:
		return u(from, until)
	case search.Ne:
		return or([]node{u(before), u(after)})
	case search.Gt, search.Sa:
		return u(after)
	case search.Lt, search.Eb:
		return u(before)
	case search.Ge:
		return or([]node{u(from, until), u(after)})
	}
	return or([]node{u(from, until), u(before)})
}

// numbers is search.NumberIs, of ranges that also meet the conditions of more.
func numbers(name string, is search.NumberIs, more []bson.E) node {
	span := func(of ...bson.E) node { return spans(name, append(of, more...)...) }
	lo, hi := string(is.Lo), string(is.Hi)
	starts, ends := span(bound("lo", "$lt", lo)), span(bound("hi", "$gt", hi))
	same := span(bound("lo", "$eq", lo), bound("hi", "$eq", hi))
	switch is.Op {
	case search.Eq:
		return span(bound("lo", "$gte", lo), bound("hi", "$lt", hi))
	case search.Ne:
		return or([]node{starts, span(bound("hi", "$gte", hi))})
	case search.Gt:
		return ends
	case search.Lt:
		return starts
	case search.Ge:
		return or([]node{same, ends})
	case search.Le:
		return or([]node{same, starts})
	case search.Sa:
		return span(bound("lo", "$gt", hi))
	case search.Eb:
		return span(bound("hi", "$lt", lo))
	}
	return span(bound("lo", "$lt", hi), bound("hi", "$gte", lo))
}

// quantity is search.QuantityIs.
func quantity(name string, is search.QuantityIs) node {
	switch {
	case is.AnyUnit:
		return numbers(name, is.NumberIs, nil)
	case is.AnySystem:
		return or([]node{numbers(name, is.NumberIs, []bson.E{{Key: "c", Value: is.Unit}}), numbers(name, is.NumberIs, []bson.E{{Key: "u", Value: is.Unit}})})
	}
	return numbers(name, is.NumberIs, []bson.E{{Key: "s", Value: is.System}, {Key: "c", Value: is.Unit}})
}
