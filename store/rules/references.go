package rules

import (
	"context"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// References refuses writes that refer to what isn't there: each literal reference to this server must be to a current
// resource, or to one in the same commit, and if it names a version to one that there is. And it refuses to delete what
// is referred to. It is off unless the practice asks for it: EHRs send in any order.
//
// What the caller may not read isn't there (I2). A reference that the resource had already isn't asked about, so that
// who may change it can, though somebody else made it refer to what the caller can't see. To who is online it had those
// that were served.
type References struct {
	Base string // our own FHIR base URL, without a trailing slash
}

// Apply looks all targets up at once, and requires them still to be there at the commit.
func (r References) Apply(ctx context.Context, c *store.Commit) error {
	here := map[fhir.Key]bool{}
	for i, w := range c.Batch.Writes {
		here[w.Key.Current()] = c.Pending[i].After != nil
	}
	will := map[fhir.Key]int64{} // the versions that there will be
	for _, w := range c.Batch.Writes {
		will[w.Key.Current()] = w.Key.Version
	}
	var missing, outside []reference
	var keys []fhir.Key
	for i := range c.Pending {
		before, after := r.references(&c.Pending[i])
		for _, ref := range after {
			stays, known := here[ref.to.Current()]
			switch {
			case known && (!stays || ref.to.Version > will[ref.to.Current()]):
				missing = append(missing, ref)
			case !known && !before[ref.to]:
				outside, keys = append(outside, ref), append(keys, ref.to.Current())
			}
		}
	}
	there, err := c.Versions(ctx, c.Caller, keys)
	if err != nil {
		return err
	}
	required := map[fhir.Key]bool{}
	for _, ref := range outside {
		key := ref.to.Current()
		if key.Version = there[key]; key.Version == 0 {
			missing = append(missing, ref)
			continue
		}
		if ref.to.Version > 0 && ref.to.Version != key.Version {
			_, err := c.Caller.Read(ctx, ref.to)
			switch kind := fhir.KindOf(err); {
			case err == nil:
			case kind == fhir.NotFound || kind == fhir.Gone:
				missing = append(missing, ref)
			default:
				return err
			}
		}
		if !required[key] {
			required[key] = true
			c.Batch.Require = append(c.Batch.Require, key)
		}
	}
	if err := refused(missing); err != nil {
		return err
	}
	return r.referred(ctx, c)
}

// refused is the error that tells of references to nothing; nil if there are none.
func refused(missing []reference) error {
	if missing == nil {
		return nil
	}
	e := &fhir.Error{Kind: fhir.Unprocessable}
	for _, ref := range missing {
		e.Issues = append(e.Issues, fhir.Issue{Code: "not-found", Coding: "REFERENCE_NOT_FOUND", Expression: ref.at,
			Text: fmt.Sprintf("%s refers to %s, which is not here. Send that first, or in the same transaction.", ref.at, ref.to)})
	}
	return e
}

// reference is one literal reference to this server.
type reference struct {
	to fhir.Key
	at string
}

// references are those of a pending resource, and the targets of those that it had before.
func (r References) references(p *store.Pending) (before map[fhir.Key]bool, after []reference) {
	if p.Sent == nil {
		return nil, nil
	}
	r.each(p.Sent, func(to fhir.Key, expression string) { after = append(after, reference{to, p.Where(expression)}) })
	if after == nil || p.Seen == nil || p.Seen.Deleted() {
		return nil, after
	}
	before = map[fhir.Key]bool{}
	for pointer := range codec.Pointers(p.Seen.JSON) {
		if to, ok := search.LocalVersion(pointer, r.Base); ok {
			before[to], before[to.Current()] = true, true
		}
	}
	return before, after
}

// each calls do with the target of each literal reference to this server, and where it stands.
func (r References) each(res *fhir.Resource, do func(to fhir.Key, expression string)) {
	for _, l := range res.Links {
		if l.Kind != fhir.LinkReference {
			continue
		}
		text := string(res.JSON[l.Span.Start+1 : l.Span.End-1])
		if to, ok := search.LocalVersion(text, r.Base); ok {
			do(to, l.Expression)
		}
	}
}
