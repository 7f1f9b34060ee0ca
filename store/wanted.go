package store

import (
	"maps"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// wanted are the conditions of a hop's one query, by type.
type wanted map[string]*want

// want is what is wanted of one type: resources by id, and those for which a test holds.
type want struct {
	ids   map[string]bool
	tests expr.Or
}

func (w wanted) of(typ string) *want {
	if w[typ] == nil {
		w[typ] = &want{ids: map[string]bool{}}
	}
	return w[typ]
}

// reverse wants what refers to a key.
func (w wanted) reverse(key fhir.Key, is []search.Include) {
	for _, i := range is {
		if i.Target != "" && i.Target != key.Type {
			continue
		}
		for _, p := range params(i) {
			w.refer(i.Source.Name, p, key)
		}
	}
}

// params are the parameters that an include is about: one, or all of its source.
func params(i search.Include) []*spec.Param {
	if i.Param == nil {
		return slices.Collect(maps.Values(i.Source.Params))
	}
	return []*spec.Param{i.Param}
}

// refer wants the resources of a type that refer to a key in a parameter.
func (w wanted) refer(typ string, p *spec.Param, key fhir.Key) {
	for _, b := range p.Answers() {
		if b.Param.Kind == spec.Reference && b.Param.Indexed() && (b.Target == "" || b.Target == key.Type) {
			of := w.of(typ)
			of.tests = append(of.tests, expr.Test{Param: b.Param, Is: search.RefIs{Type: key.Type, ID: key.ID}})
		}
	}
}

// tests is how many there are, of all types.
func (w wanted) tests() (n int) {
	for _, of := range w {
		n += len(of.tests)
	}
	return n
}

// from is the union of all that is wanted.
func (w wanted) from(r *spec.Registry) []expr.From {
	var out []expr.From
	for _, name := range slices.Sorted(maps.Keys(w)) {
		t, ok := r.Type(name)
		if !ok {
			continue
		}
		where := w[name].tests
		if len(w[name].ids) > 0 {
			where = append(where, expr.IDs(slices.Sorted(maps.Keys(w[name].ids))))
		}
		out = append(out, expr.From{Type: t, Where: where})
	}
	return out
}
