package rules

import (
	"context"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// OwnPractice keeps staff within their practice: what they write refers, where that would give it to a practice or take
// something from one, to what is theirs or no practice's, as the actors of a Schedule. What it referred to already
// isn't asked about, so that staff can change what a system has shared. To another practice's and to what isn't there
// the answer is the same (I2).
type OwnPractice struct{ Options }

// Apply refuses a commit of staff that reaches into another practice.
func (o OwnPractice) Apply(ctx context.Context, c *store.Commit) error {
	own, staff := c.Own()
	if !staff {
		return nil
	}
	var named []reference
	var keys []fhir.Key
	for i := range c.Pending {
		refs, err := o.named(c, i)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			named, keys = append(named, ref), append(keys, ref.to)
		}
	}
	if named == nil {
		return nil
	}
	there, err := c.Versions(ctx, own, keys)
	if err != nil {
		return err
	}
	e := &fhir.Error{Kind: fhir.Unprocessable}
	for _, ref := range named {
		if there[ref.to] == 0 {
			e.Issues = append(e.Issues, fhir.Issue{Code: "not-found", Coding: "REFERENCE_NOT_FOUND", Expression: ref.at,
				Text: fmt.Sprintf("%s is not of your practice, or not here. Name one of your practice's.", ref.to)})
		}
	}
	if e.Issues == nil {
		return nil
	}
	return e
}

// named is what a write refers to newly of what may be a practice's, and the commit doesn't write itself.
func (o OwnPractice) named(c *store.Commit, i int) (out []reference, err error) {
	w, p := &c.Batch.Writes[i], &c.Pending[i]
	t, ok := c.Batch.Registry.Type(w.Key.Type)
	if !ok || p.After == nil || t.Access == nil || len(t.Access.Leads) == 0 {
		return nil, nil
	}
	had := map[fhir.Key]bool{}
	if p.Before != nil && !p.Before.Deleted() {
		before, err := codec.Decode(p.Before.JSON, codec.Unlimited())
		if err != nil {
			return nil, fhir.Fault("reading "+p.Before.Key.String(), err)
		}
		for _, ref := range led(t, search.Indexer{Base: o.Base, Zone: o.Zone}.Index(t, before.Message)) {
			had[ref.to] = true
		}
	}
	for _, ref := range led(t, w.Index) {
		if !had[ref.to] && !c.Writes(ref.to) {
			had[ref.to] = true
			ref.at = p.Where(ref.at)
			out = append(out, ref)
		}
	}
	return out, nil
}

// led are the references by which a resource may lead to a practice.
func led(t *spec.Type, entries []search.Entry) (out []reference) {
	for _, path := range t.Access.Leads {
		for _, b := range t.Params[path.Code].Answers() {
			for _, e := range entries {
				if ref, ok := e.Value.(search.Ref); ok && e.Param == b.Param && ref.Type == path.Type && ref.ID != "" {
					out = append(out, reference{to: fhir.Key{Type: ref.Type, ID: ref.ID}, at: t.Name})
				}
			}
		}
	}
	return out
}
