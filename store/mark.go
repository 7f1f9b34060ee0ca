package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
)

// Changeable is a current resource that the grant allows updating: fhir.NotFound if it can't be seen, fhir.Forbidden if
// it may only be read.
func (s *Session) Changeable(ctx context.Context, key fhir.Key) (st *fhir.Stored, err error) {
	a := Access{Interaction: "read", Key: key}
	found, err := s.changeable(ctx, key)
	if a.Err = err; err == nil {
		a.Key, a.Items = found.Key, s.showingAll(ctx, []*fhir.Stored{found})
		st, a.Err = s.markedOne(s.redactOne(ctx, found))
	}
	if err := s.report(ctx, &a); err != nil {
		return nil, err
	}
	return st, nil
}

// changeable is Changeable before it is redacted and reported.
func (s *Session) changeable(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	st, err := s.read(ctx, key.Current())
	if err != nil {
		return nil, err
	}
	if ok, err := s.reaches(ctx, access.U, st); err != nil {
		return nil, err
	} else if !ok {
		return nil, s.forbidden(key)
	}
	return st, nil
}

// Mark changes what the practice says of a resource: whether it is hidden, when it is released. It is no new version,
// so that a patient can't count from the versions that something was hidden and shown again (I2). change gets the facts
// as they are and gives them as they shall be; it may be called more than once. Records are written in the same commit.
// The grant must allow updating the resource; to a caller who can't see it it isn't there.
func (s *Session) Mark(ctx context.Context, key fhir.Key, change func(fhir.Facts) fhir.Facts, records ...RecordWrite) error {
	return s.MarkAll(ctx, []fhir.Key{key}, func(_ fhir.Key, f fhir.Facts) fhir.Facts { return change(f) }, records...)
}

// MarkAll is Mark of several resources in one commit. No two keys are of the same resource; change gets each without
// its version.
func (s *Session) MarkAll(ctx context.Context, keys []fhir.Key, change func(fhir.Key, fhir.Facts) fhir.Facts, records ...RecordWrite) error {
	w := &work{records: records, marked: keys, mark: change}
	_, err := s.commit(ctx, w)
	ctx, cancel := afterCommit(ctx)
	defer cancel()
	a := Access{Interaction: "update", Err: err, Items: s.showingAll(ctx, w.touched)}
	switch {
	case err == nil && len(w.touched) > 0:
		a.Key = w.touched[0].Key
	case len(keys) > 0:
		a.Key = keys[0]
	}
	return s.report(ctx, &a)
}

// WriteAndMark is Write and MarkAll in one commit: nobody sees the one without the other. The resource that is written
// may be among the marked.
func (s *Session) WriteAndMark(ctx context.Context, c Change, keys []fhir.Key, change func(fhir.Key, fhir.Facts) fhir.Facts) (*Outcome, error) {
	return s.writeOne(ctx, work{changes: []Change{c}, marked: keys, mark: change})
}

// marks adds the marks of a commit to its Batch: to the write of what is written, else to what is current.
func (s *Session) marks(ctx context.Context, b *Batch, w *work) error {
	w.touched = nil
	if len(w.marked) > 0 && s.grant.Identity().Online() {
		return s.forbidden(w.marked[0])
	}
	for _, key := range w.marked {
		i := slices.IndexFunc(b.Writes, func(w Write) bool { return w.Key.Current() == key.Current() })
		if i >= 0 {
			b.Writes[i].Facts = w.mark(key.Current(), b.Writes[i].Facts)
			continue
		}
		st, err := s.changeable(ctx, key)
		if err != nil {
			return err
		}
		b.Require = append(b.Require, st.Key)
		b.Known = append(b.Known, Mark{Key: st.Key, Facts: st.Facts})
		marked := *st
		marked.Facts = w.mark(st.Key.Current(), st.Facts)
		b.Marks = append(b.Marks, Mark{Key: st.Key, Facts: marked.Facts})
		w.touched = append(w.touched, &marked)
	}
	return nil
}
