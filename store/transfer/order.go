package transfer

import (
	"context"
	"maps"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Order is what an Export shall hold.
type Order struct {
	Request string   // the URL of the request, for the manifest
	Types   []string // in the order of the files; never empty
	// Records asks for what is in patients' compartments only: those of Patients and of the members of Group; of all
	// patients if neither is given.
	Records  bool
	Patients []string // ids
	Group    string   // the id of a Group
	// Since asks for what has been made or changed after a time, and for what has been deleted; zero: for all.
	Since time.Time
	// Filters are searches by type, as raw queries. Of a type that has some, only what one of them finds is exported.
	Filters map[string][]string
	// Elements are the top-level elements that are served of a type; those under "" of all types.
	Elements map[string][]string
}

// Types are those that a Session may export: all it may search and read; with records, those of a patient's record.
func Types(s *store.Session, r *spec.Registry, records bool) (names []string) {
	for _, name := range r.Names() {
		t, _ := r.Type(name)
		if s.May(access.S, t) && s.May(access.R, t) && (!records || OfRecords(t)) {
			names = append(names, name)
		}
	}
	return names
}

// OfRecords says whether resources of a type can be in a patient's compartment.
func OfRecords(t *spec.Type) bool { return t.Name == patientType || len(t.Patients()) > 0 }

const patientType = "Patient"

// Filter reads a search that is to say which resources of a type are exported. What would only change how the answer
// of a search looks is refused.
func Filter(r *spec.Registry, typ, query string, o search.Options) (*search.Search, error) {
	o.Lenient = false
	return search.ParseCriteria(r, typ, query, o)
}

// filters are the searches of a type as one; nil if there are none.
func (o *Order) filters(st *store.Store, t *spec.Type) (*search.Search, error) {
	var any expr.Or
	for _, query := range o.Filters[t.Name] {
		q, err := Filter(st.Registry(), t.Name, query, st.SearchOptions())
		if err != nil {
			return nil, err
		}
		any = append(any, q.From[0].Where)
	}
	if any == nil {
		return nil, nil
	}
	return &search.Search{Query: search.Query{From: []search.From{{Type: t, Where: expr.AnyOf(any...)}}, Sort: byID}}, nil
}

// byID is an order that no change of a resource alters, as feed.State wants it.
var byID = []search.Sort{{Param: spec.ID}}

// scope is whose records are exported, and from when on.
type scope struct {
	records bool
	members []string // sorted ids of Patients; nil: all
	fresh   []string // sorted ids of those of whom everything is exported, whenever it was changed
	window  *window  // what of all others is exported; nil: everything
}

// scope finds out who is in the group at a moment, and who has come since.
func (o *Order) scope(ctx context.Context, s *store.Session, at time.Time) (sc scope, err error) {
	sc = scope{records: o.Records, members: slices.Clone(o.Patients)}
	if o.Group != "" {
		now, err := members(ctx, s, o.Group, at)
		if err != nil {
			return sc, err
		}
		if o.Patients == nil {
			sc.members = now
		} else {
			sc.members = slices.DeleteFunc(sc.members, func(id string) bool { return !slices.Contains(now, id) })
		}
		if !o.Since.IsZero() {
			then, err := members(ctx, s, o.Group, o.Since)
			if err != nil {
				return sc, err
			}
			sc.fresh = slices.DeleteFunc(slices.Clone(sc.members), func(id string) bool { return slices.Contains(then, id) })
		}
	}
	slices.Sort(sc.members)
	slices.Sort(sc.fresh)
	return sc, nil
}

// has says whether a version is exported, if no filter says otherwise.
func (sc *scope) has(st *fhir.Stored) bool {
	of := func(patients []string) bool {
		return slices.ContainsFunc(st.Compartments, func(id string) bool {
			_, found := slices.BinarySearch(patients, id)
			return found
		})
	}
	switch {
	case sc.records && (len(st.Compartments) == 0 || sc.members != nil && !of(sc.members)):
		return false
	case sc.window == nil || sc.window.changed[st.Key.Type][st.Key.ID]:
		return true
	}
	return of(sc.fresh)
}

// few is how many patients, and several how many resources, are named in a query. For more the store is read from end
// to end.
const (
	few     = 20
	several = 500
)

// narrow is a condition that holds for all of a type that the scope has, of which has is the judge: as much of it as a
// query is faster for.
func (sc *scope) narrow(typ string) expr.And {
	all := expr.And{}
	if sc.members != nil && len(sc.members) <= few {
		any := expr.Or{}
		for _, id := range sc.members {
			any = append(any, expr.Compartment{Patient: id})
		}
		all = append(all, expr.AnyOf(any...))
	}
	if sc.window != nil && len(sc.fresh) == 0 && len(sc.window.changed[typ]) <= several {
		all = append(all, expr.IDs(slices.Sorted(maps.Keys(sc.window.changed[typ]))))
	}
	return all
}

// none says that the scope has nothing of a type.
func (sc *scope) none(typ string) bool {
	return sc.window != nil && len(sc.fresh) == 0 && len(sc.window.changed[typ]) == 0
}
