package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
)

// needed holds a transaction to what it wants to read: it is carried out only if all of that is there, and the caller's
// to read, when it is committed (R4 http 3.1.0.11.2: accept all actions or reject all).
func (s *Session) needed(ctx context.Context, plans []*plan, b *Batch) error {
	written := map[fhir.Key]*plan{}
	for _, p := range plans {
		if p.writes() {
			written[p.key.Current()] = p
		}
	}
	for _, p := range plans {
		if p.Action != Read || p.Key.ID == "" {
			continue
		}
		if err := s.needs(ctx, p.Change, written[p.Key.Current()], b); err != nil {
			return placed(p.At, err)
		}
	}
	return nil
}

// needs says why a resource, or a version of it, can't be read after the commit, of which by is what writes it, if
// anything does.
func (s *Session) needs(ctx context.Context, c *Change, by *plan, b *Batch) error {
	key := c.Key
	if by == nil || key.Version != 0 && key.Version != by.key.Version {
		st, err := s.read(ctx, key)
		if c.History && fhir.KindOf(err) == fhir.Gone {
			return nil
		}
		if err == nil && key.Version == 0 {
			b.Require = append(b.Require, st.Key)
		}
		return err
	}
	if by.Action == Delete && !c.History {
		return gone(key)
	}
	ok, err := s.allows(ctx, access.R, &image{t: by.t, doc: by.doc})
	if err == nil && !ok {
		err = notFound(key)
	}
	return err
}
