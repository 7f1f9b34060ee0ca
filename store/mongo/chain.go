package mongo

import (
	"errors"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store/mongo/index"
)

// errLarge says that the far end of a chain is too large to be looked up for all resources.
var errLarge = errors.New("too many resources")

// follow puts in the place of each Chain and Reverse what it leads to, so that the condition is about a resource
// itself: the ids of the far ends, looked up by finds of their own. Given docs, that holds of these only, and nothing
// is left. Without, it holds of all resources of the type, and a chain with a far end that is too large stays as it is.
func (r *reader) follow(e expr.Expr, t *spec.Type, docs []*search.Doc) (expr.Expr, error) {
	if !index.Chained(e) {
		return e, nil
	}
	return expr.Rewrite(e, func(leaf expr.Expr) (expr.Expr, error) {
		out, err := leaf, error(nil)
		switch leaf := leaf.(type) {
		case expr.Chain:
			out, err = r.chain(leaf, docs)
		case expr.Reverse:
			out, err = r.reverse(leaf, t, docs)
		case expr.And, expr.Or, expr.Not, expr.Test, expr.Missing, expr.Only, expr.IDs, expr.Compartment,
			expr.Confined, expr.Visible, expr.Marked:
		}
		if errors.Is(err, errLarge) {
			return leaf, nil
		}
		return out, err
	})
}

// chain is a reference to one of those resources for which the chain's rest holds.
func (r *reader) chain(e expr.Chain, docs []*search.Doc) (expr.Expr, error) {
	to := expr.Or{}
	seen := map[string]bool{}
	for _, f := range e.To {
		if seen[f.Type.Name] { // as Match has it, the first of a type decides
			continue
		}
		seen[f.Type.Name] = true
		limit := r.options.Inner
		if docs != nil {
			ids := targets(docs, e.Param, f.Type.Name)
			if len(ids) == 0 {
				continue
			}
			f.Where, limit = expr.And{expr.IDs(ids), f.Where}, 0
		}
		found, err := r.ids(f, limit)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			to = append(to, expr.Test{Param: e.Param, Is: search.RefIs{Type: f.Type.Name, ID: id}})
		}
	}
	return to, nil
}

// targets are the ids of the resources of a type that some resources refer to.
func targets(docs []*search.Doc, p *spec.Param, typ string) (ids []string) {
	seen := map[string]bool{}
	name := index.Name(p)
	for _, d := range docs {
		for _, e := range d.Entries {
			ref, ok := e.Value.(search.Ref)
			if ok && ref.Type == typ && ref.ID != "" && !seen[ref.ID] && index.Name(e.Param) == name {
				seen[ref.ID] = true
				ids = append(ids, ref.ID)
			}
		}
	}
	return ids
}

// ids are those of the resources that a From finds; errLarge if there are more than limit, which 0 doesn't set.
func (r *reader) ids(from expr.From, limit int) (ids []string, err error) {
	sources, err := r.sources([]expr.From{from})
	if err != nil {
		return nil, err
	}
	q := question{sources: sources, fields: []string{"id"}}
	if limit > 0 {
		q.limit = limit + 1
	}
	err = r.each(q, func(m match) (bool, error) {
		id, ok := m.raw.Lookup("id").StringValueOK()
		if !ok {
			return false, fhir.Fault("read a document", errors.New("it has no id"))
		}
		if ids = append(ids, id); limit > 0 && len(ids) > limit {
			return false, errLarge
		}
		return true, nil
	})
	return ids, err
}

// reverse is one of the resources that those the rest holds for point to.
func (r *reader) reverse(e expr.Reverse, t *spec.Type, docs []*search.Doc) (expr.Expr, error) {
	by, limit := e.By, r.options.Inner
	if docs != nil {
		here := expr.Or{}
		for _, d := range docs {
			here = append(here, expr.Test{Param: e.Param, Is: search.RefIs{Type: t.Name, ID: d.Key.ID}})
		}
		by.Where, limit = expr.And{here, by.Where}, 0
	}
	sources, err := r.sources([]expr.From{by})
	if err != nil {
		return nil, err
	}
	for i := range sources {
		sources[i].params[index.Name(e.Param)] = e.Param
	}
	seen, pointing, ids := map[string]bool{}, 0, expr.IDs{}
	err = r.each(question{sources: sources, entries: true}, func(m match) (bool, error) {
		if pointing++; limit > 0 && pointing > limit {
			return false, errLarge
		}
		for _, id := range targets([]*search.Doc{m.doc}, e.Param, t.Name) {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
		return true, nil
	})
	return ids, err
}
