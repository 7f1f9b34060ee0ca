package search

import (
	"iter"
	"slices"
	"time"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// World is what Match sees besides the resource: all current resources, for chains.
type World interface {
	Doc(typ, id string) *Doc // nil if there is none
	All(typ string) iter.Seq[*Doc]
}

// Match says whether a resource meets a condition at a moment. It is the meaning of Expr: a Backend's answer must be
// the same.
func Match(e expr.Expr, d *Doc, now time.Time, w World) bool {
	switch e := e.(type) {
	case expr.And:
		return !slices.ContainsFunc(e, func(x expr.Expr) bool { return !Match(x, d, now, w) })
	case expr.Or:
		return slices.ContainsFunc(e, func(x expr.Expr) bool { return Match(x, d, now, w) })
	case expr.Not:
		return !Match(e.Expr, d, now, w)
	case expr.Test:
		is, known := e.Is.(Criterion)
		return known && d.some(e.Param, is.meets)
	case expr.Missing:
		return !d.some(e.Param, func(Value) bool { return true })
	case expr.Chain:
		return d.some(e.Param, func(v Value) bool { return leads(v, e.To, now, w) })
	case expr.Only:
		return !d.some(e.Param, func(v Value) bool { return leadsElsewhere(v, e.To, now, w) })
	case expr.Reverse:
		return pointed(e, d, now, w)
	case expr.IDs:
		return slices.Contains(e, d.Key.ID)
	case expr.Compartment:
		_, in := slices.BinarySearch(d.Compartments, e.Patient)
		return in
	case expr.Confined:
		return !slices.ContainsFunc(d.Compartments, func(id string) bool { return id != e.Patient })
	case expr.Visible:
		return seen(e, d, now)
	case expr.Marked:
		return e.Mark.On(d.Facts, now)
	}
	return false // a condition nobody knows lets nobody see anything
}

// some says whether one of the values of p is as asked.
func (d *Doc) some(p *spec.Param, is func(Value) bool) bool {
	if p == spec.LastUpdated {
		return is(d.updated())
	}
	return slices.ContainsFunc(d.Entries, func(e Entry) bool { return same(e.Param, p) && is(e.Value) })
}

// updated is meta.lastUpdated as a value: one microsecond.
func (d *Doc) updated() DateRange {
	us := d.Updated.UnixMicro()
	return DateRange{us, us + 1}
}

// same compares parameters over Registries: With gives a type new ones.
func same(a, b *spec.Param) bool { return a == b || a.Code == b.Code && a.Type == b.Type }

func leads(v Value, to []expr.From, now time.Time, w World) bool {
	r, ok := v.(Ref)
	if !ok || r.ID == "" {
		return false
	}
	for _, f := range to {
		if f.Type.Name == r.Type {
			d := w.Doc(r.Type, r.ID)
			return d != nil && Match(f.Where, d, now, w)
		}
	}
	return false
}

// leadsElsewhere says that a value refers to one of some types, and not to a resource as they are to be.
func leadsElsewhere(v Value, to []expr.From, now time.Time, w World) bool {
	r, ok := v.(Ref)
	return ok && r.ID != "" && slices.ContainsFunc(to, func(f expr.From) bool { return f.Type.Name == r.Type }) && !leads(v, to, now, w)
}

func pointed(e expr.Reverse, d *Doc, now time.Time, w World) bool {
	here := func(v Value) bool {
		r, ok := v.(Ref)
		return ok && r.Type == d.Key.Type && r.ID == d.Key.ID
	}
	for by := range w.All(e.By.Type.Name) {
		if by.some(e.Param, here) && Match(e.By.Where, by, now, w) {
			return true
		}
	}
	return false
}

// seen is Visible at a moment.
func seen(e expr.Visible, d *Doc, now time.Time) bool {
	f := d.Facts
	return f.Shown(now) && !f.Recorded.Before(e.From) &&
		(e.Sections == nil || slices.Contains(e.Sections, f.Section))
}

// Run is the whole answer to a query, in its order, whatever its Limit and After: the oracle for Backend.Find.
func Run(q *Query, w World) []*Doc {
	var found []*Doc
	for _, f := range q.From {
		for d := range w.All(f.Type.Name) {
			if Match(f.Where, d, q.Now, w) {
				found = append(found, d)
			}
		}
	}
	slices.SortFunc(found, func(a, b *Doc) int { return Compare(q.Sort, a, b) })
	return found
}
