package rules

import (
	"context"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// referred refuses to delete what a current resource refers to that this commit doesn't write too, as far as search
// parameters know of references: one in an extension or in an Annotation's author is in none. That nothing refers to it
// is asked again when it is committed, and who refers to it meanwhile requires it (Apply), so that one of the two
// fails.
//
// The refusal names what refers to it only if the caller can read that (I2).
func (r References) referred(ctx context.Context, c *store.Commit) error {
	e := &fhir.Error{Kind: fhir.Conflict}
	for i := range c.Batch.Writes {
		w := &c.Batch.Writes[i]
		if w.Method != fhir.Delete {
			continue
		}
		q := referring(c, w.Key)
		if len(q.From) == 0 {
			continue
		}
		found, err := c.System.Search(ctx, &search.Search{Query: *q})
		if err != nil {
			return err
		}
		if len(found.Items) == 0 {
			w.NoMatch = q
			continue
		}
		text := fmt.Sprintf("%s can't be deleted, because something refers to it that you can't see. "+
			"Ask the practice to delete it.", w.Key.Current())
		seen, err := c.Caller.Search(ctx, &search.Search{Query: *q})
		switch {
		case err == nil && len(seen.Items) > 0:
			text = fmt.Sprintf("%s refers to %s. Change or delete that first, or in the same transaction.",
				seen.Items[0].Key.Current(), w.Key.Current())
		case err != nil && fhir.KindOf(err) != fhir.Forbidden: // to who may search nothing, nothing is seen
			return err
		}
		e.Issues = append(e.Issues, fhir.Issue{Code: "conflict", Text: text})
	}
	if e.Issues == nil {
		return nil
	}
	return e
}

// referring finds one of the current resources that refer to another, but for those that the commit writes: what they
// will refer to, Apply has judged.
func referring(c *store.Commit, to fhir.Key) *search.Query {
	written := map[string]expr.IDs{}
	for _, w := range c.Batch.Writes {
		written[w.Key.Type] = append(written[w.Key.Type], w.Key.ID)
	}
	q := &search.Query{Sort: []search.Sort{{Param: spec.LastUpdated, Desc: true}}, Limit: 1}
	for _, name := range c.Batch.Registry.Names() {
		t, _ := c.Batch.Registry.Type(name)
		any, tried := expr.Or{}, map[*spec.Param]bool{}
		for _, code := range t.Codes {
			for _, b := range t.Params[code].Answers() {
				if b.Param.Kind == spec.Reference && b.Param.Indexed() && (b.Target == "" || b.Target == to.Type) &&
					!tried[b.Param] {
					tried[b.Param] = true
					any = append(any, expr.Test{Param: b.Param, Is: search.RefIs{Type: to.Type, ID: to.ID}})
				}
			}
		}
		if len(any) == 0 {
			continue
		}
		where := expr.And{any}
		if ids := written[name]; ids != nil {
			where = append(where, expr.Not{Expr: ids})
		}
		q.From = append(q.From, expr.From{Type: t, Where: where})
	}
	return q
}
