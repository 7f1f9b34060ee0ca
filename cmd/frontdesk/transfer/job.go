package transfer

import (
	"context"
	"errors"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/store"
)

// commit commits a job's groups in order.
func (r *run) commit(ctx context.Context, j *job) {
	for i := range j.groups {
		g := &j.groups[i]
		key := fmt.Sprintf("%s.%d", j.key, i)
		switch {
		case g.whole:
			r.commitWhole(ctx, j, g, g.items[0].key(j)+".all")
		case r.retry != nil:
			r.commitEach(ctx, j, g, key)
		case r.done(ctx, key):
			r.skipped.Add(int64(len(g.items)))
		case j.faulty || r.done(ctx, key+apart):
			r.commitEach(ctx, j, g, key)
		default:
			r.commitTogether(ctx, j, g, key)
		}
	}
}

// commitTogether commits a group under one checkpoint; if that fails, each item apart.
func (r *run) commitTogether(ctx context.Context, j *job, g *group, key string) {
	err := r.transact(ctx, g.items, key)
	switch {
	case err == nil || r.over(ctx, err):
	case r.doneMeanwhile(ctx, key, err):
		r.skip(len(g.items))
	default:
		r.commitEach(ctx, j, g, key)
	}
}

// doneMeanwhile says that a commit failed because another source holds the same, whose commit came between.
func (r *run) doneMeanwhile(ctx context.Context, key string, err error) bool {
	return fhir.KindOf(err) == fhir.Conflict && r.done(ctx, key)
}

// apart ends the checkpoint that says that a group wasn't committed as one, so that each of its items has its own.
const apart = ".apart"

// key is the checkpoint of an item by itself.
func (i *item) key(j *job) string { return fmt.Sprintf("%s.%d.%d", j.key, i.line.number, i.entry) }

func (r *run) commitWhole(ctx context.Context, j *job, g *group, key string) {
	if !r.wanted(ctx, key) {
		r.skip(len(g.items))
		return
	}
	err := r.transact(ctx, g.items, key)
	switch {
	case err == nil || r.over(ctx, err):
	case r.doneMeanwhile(ctx, key, err):
		r.skip(len(g.items))
	default:
		first := g.items[0]
		first.entry = -1
		if e := (*fhir.Error)(nil); errors.As(err, &e) {
			first.entry = entryOf(e.Issues[0].Expression)
		}
		r.failed(j, &first, key, err)
	}
}

// commitEach commits what of a group is still to be done, each item under its own checkpoint; if that fails, one by
// one, to find which is at fault.
func (r *run) commitEach(ctx context.Context, j *job, g *group, group string) {
	var items []item
	keys := []string{group + apart}
	for i := range g.items {
		if key := g.items[i].key(j); r.wanted(ctx, key) {
			items, keys = append(items, g.items[i]), append(keys, key)
		} else {
			r.skip(1)
		}
	}
	if len(items) > 1 && j.faulty && r.retry == nil {
		if err := r.transact(ctx, items, keys...); err == nil || r.over(ctx, err) {
			return
		}
	}
	for i := range items {
		key := keys[i+1]
		err := r.transact(ctx, items[i:i+1], keys[0], key)
		switch {
		case err == nil || r.over(ctx, err):
		case r.doneMeanwhile(ctx, key, err):
			r.skip(1)
		default:
			r.failed(j, &items[i], key, err)
		}
	}
}

// failed tells of an item, unless it shall be tried again.
func (r *run) failed(j *job, i *item, key string, err error) {
	if f := (lateFault{j.key, j.source, i.place(), err}); !r.later(key, f) {
		r.fault(f.source, f.line, f.err)
	}
}

// over says that an error isn't about the data: the import was stopped, or must be now, as the store itself fails. The
// next run goes on here.
func (r *run) over(ctx context.Context, err error) bool {
	if k := fhir.KindOf(err); ctx.Err() == nil && (k == fhir.Internal || k == fhir.Unavailable) {
		r.stop(err)
	}
	return ctx.Err() != nil
}

// transact commits items and the checkpoints that stand for them.
func (r *run) transact(ctx context.Context, items []item, keys ...string) error {
	changes := make([]store.Change, len(items))
	for i := range items {
		changes[i] = items[i].Change
	}
	records := make([]store.RecordWrite, len(keys))
	for i, key := range keys {
		records[i] = store.RecordWrite{Namespace: Namespace, Key: key, Value: []byte("done")}
		// Revision 0 makes a second commit of the same fail rather than write it twice. A run that doesn't ask what was
		// done doesn't mind, and that a group was taken apart may be said again.
		if r.Done == nil || i == 0 && len(keys) > 1 {
			records[i].Revision = -1
		}
	}
	_, err := r.Session.Transact(ctx, changes, records...)
	if err == nil {
		r.progress(0, len(items))
	}
	return err
}

// wanted says whether what a checkpoint stands for is to be written in this pass.
func (r *run) wanted(ctx context.Context, key string) bool {
	if r.retry != nil {
		_, ok := r.retry[key]
		return ok
	}
	return !r.done(ctx, key)
}

// done says whether an earlier run, or another source, has committed a checkpoint.
func (r *run) done(ctx context.Context, key string) bool {
	if r.Done == nil {
		return false
	}
	done, err := r.Done(ctx, key)
	if err != nil {
		r.over(ctx, err)
	}
	return done
}

// skip counts what an earlier run has done.
func (r *run) skip(n int) {
	if r.retry == nil {
		r.skipped.Add(int64(n))
	}
}
