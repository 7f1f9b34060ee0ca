package store

import (
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// Create adds a rule's own new resource to the commit, and gives the key it will have. The caller's grant isn't asked:
// what follows from a write that is allowed is the practice's doing.
func (c *Commit) Create(ctx context.Context, r *fhir.Resource) (fhir.Key, error) {
	key := fhir.Key{Type: r.Type, ID: c.System.store.options.NewID(), Version: 1}
	return key, c.add(ctx, Create, key, nil, r)
}

// Patch adds a rule's own change of a resource to the commit, a JSON Patch (RFC 6902), so that the rest of it keeps its
// bytes. If the commit writes the resource already, what it writes is changed, and what it deletes stays deleted; else
// before is changed, which must still be current when it is committed.
func (c *Commit) Patch(ctx context.Context, before *fhir.Stored, document []byte) error {
	s := c.System
	key := before.Key.Current()
	i := c.writing(key)
	if i >= 0 && c.Pending[i].After == nil {
		return nil
	}
	if i >= 0 {
		before = &fhir.Stored{Key: key, JSON: c.Pending[i].After.Body(key.ID).Stamp(1, time.Time{})}
	}
	after, err := patched(before, document, s.store.options.Limits)
	if err != nil {
		return fhir.Fault("a rule's change of "+key.String(), err)
	}
	if i < 0 {
		key.Version = before.Key.Version + 1
		return c.add(ctx, Update, key, before, after)
	}
	w := &c.Batch.Writes[i]
	t, _ := s.store.Registry().Type(key.Type)
	w.Body, w.Index = after.Body(key.ID), s.store.index(t, after)
	w.Compartments = search.Compartments(t, key.ID, w.Index)
	c.Pending[i].After = after
	return nil
}

// Get is a resource as it will be after the commit, as far as that is known yet: what the commit writes, else what is
// current. It is nil if there is none. stored is the current version, which may be nil where the commit creates it.
func (c *Commit) Get(ctx context.Context, key fhir.Key) (json []byte, stored *fhir.Stored, err error) {
	if i := c.writing(key.Current()); i >= 0 {
		if c.Pending[i].After != nil {
			json = c.Pending[i].After.JSON
		}
		return json, c.Pending[i].Before, nil
	}
	stored, err = c.System.stored(ctx, key.Current())
	if stored != nil && !stored.Deleted() {
		json = stored.JSON
	}
	return json, stored, err
}

// Current is what is there of a resource now, its tombstone if it was deleted, whoever may see it; nil if it never was.
func (c *Commit) Current(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	return c.System.stored(ctx, key.Current())
}

// Sees says whether a Session's grant lets a version be read that a rule has got by other means.
func (c *Commit) Sees(ctx context.Context, s *Session, st *fhir.Stored) (bool, error) {
	return s.reaches(ctx, access.R, st)
}

// Versions are the current versions of those resources that are there and that a Session shows, by their keys without
// one.
func (c *Commit) Versions(ctx context.Context, s *Session, keys []fhir.Key) (map[fhir.Key]int64, error) {
	return s.versions(ctx, keys)
}

// Permits says whether the grant of who calls allows what the commit does to a resource, whoever has added that: who
// accepts what is asked for needs the right to do it.
func (c *Commit) Permits(ctx context.Context, key fhir.Key) (bool, error) {
	i := c.writing(key.Current())
	if i < 0 {
		return true, nil
	}
	w, p, how := &c.Batch.Writes[i], &c.Pending[i], access.C
	t, ok := c.Caller.store.Registry().Type(key.Type)
	if !ok {
		return false, nil
	}
	if p.Before != nil {
		how = access.U
		if ok, err := c.Caller.reachesNow(ctx, how, p.Before); !ok || err != nil {
			return false, err
		}
	}
	doc := search.Doc{Key: w.Key, Updated: c.Caller.store.options.Now(), Entries: w.Index, Compartments: w.Compartments, Facts: w.Facts}
	return c.Caller.allows(ctx, how, &image{t: t, doc: doc, before: p.Before})
}

// writing is the place of a resource in Batch.Writes, -1 if the commit doesn't write it.
func (c *Commit) writing(key fhir.Key) int {
	return slices.IndexFunc(c.Batch.Writes, func(w Write) bool { return w.Key.Current() == key })
}

// add is a write that no client asked for.
func (c *Commit) add(ctx context.Context, a Action, key fhir.Key, before *fhir.Stored, r *fhir.Resource) error {
	t, ok := c.System.store.Registry().Type(key.Type)
	if !ok {
		return fhir.Fault("a rule's write of "+key.Type, errUnknownType)
	}
	p := &plan{Change: &Change{Action: a, Key: key, Resource: r}, t: t, key: key, before: before}
	if err := c.System.prepare(ctx, p, nil); err != nil {
		return err
	}
	c.System.adds(c.Batch, p)
	c.Pending = append(c.Pending, Pending{Before: before, After: p.after, Seen: p.seen, Sent: p.sent})
	return nil
}

// Writes says that a commit writes a resource, and doesn't delete it.
func (c *Commit) Writes(key fhir.Key) bool {
	i := c.writing(key)
	return i >= 0 && c.Pending[i].After != nil
}

// Own is what is of the practices at which a member of staff works who calls, or of none; ok is false for others.
func (c *Commit) Own() (s *Session, ok bool) {
	g, ok := c.Grant.Own()
	return c.System.store.As(g, Unobserved), ok
}

// Seen is the record of one patient as the person who calls may see it online, whatever the app's scopes leave of that.
// It is for limits that must not depend on what the person can't see (I2), nor on how little an app asked for.
func (c *Commit) Seen(patient string) *Session {
	s := c.System.store.As(c.Grant.Seen(patient, access.R|access.S), Unobserved)
	return s.within()
}
