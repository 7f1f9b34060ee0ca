package transfer

import (
	"context"
	"fmt"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
)

// job is a piece on its way into the store.
type job struct {
	piece
	decoded chan struct{} // closed when the rest is filled in
	groups  []group
	keys    map[fhir.Key]bool // the resources it names; those that get an id only when stored are not among them
}

// group is what one commit writes.
type group struct {
	changes []store.Change
	lines   []int // for each change
	whole   bool  // a transaction: if one change fails all do
}

func (r *run) decode(j *job) {
	j.keys = map[fhir.Key]bool{}
	loose := group{} // resources that need nothing of each other
	for _, l := range j.lines {
		if isBundle(l.json) {
			r.decodeBundle(j, l, &loose)
			continue
		}
		res, err := codec.Decode(l.json, r.Limits)
		if err != nil {
			r.fault(j.source, l.number, err)
			continue
		}
		loose.add(put(res), l.number)
	}
	for part := range slices.Chunk(loose.changes, batchSize) {
		n := len(part)
		j.groups = append(j.groups, group{changes: part, lines: loose.lines[:n]})
		loose.lines = loose.lines[n:]
	}
	for _, g := range j.groups {
		for _, c := range g.changes {
			if c.Key.ID != "" {
				j.keys[c.Key] = true
			}
		}
	}
}

// decodeBundle takes a Bundle apart: a transaction is a group of its own, the entries of any other kind are loose.
func (r *run) decodeBundle(j *job, l line, loose *group) {
	limits := r.Limits
	limits.Conditional = true
	b, err := codec.DecodeBundle(l.json, limits)
	if err != nil {
		r.fault(j.source, l.number, err)
		return
	}
	switch b.Type {
	case "transaction", "batch":
		changes, err := r.Plan(b)
		if err != nil {
			r.fault(j.source, l.number, err)
			return
		}
		if b.Type == "transaction" {
			j.groups = append(j.groups, group{changes, slices.Repeat([]int{l.number}, len(changes)), true})
			return
		}
		for _, c := range changes {
			loose.add(c, l.number)
		}
	default:
		for i, e := range b.Entries {
			switch {
			case e.Faults != nil:
				r.fault(j.source, l.number+lineOf(l.json, i)-1, e.Faults)
			case e.Resource != nil:
				loose.add(put(e.Resource), l.number+lineOf(l.json, i)-1)
			}
		}
	}
}

func (g *group) add(c store.Change, line int) {
	g.changes, g.lines = append(g.changes, c), append(g.lines, line)
}

// put keeps a resource's own id; one without an id is given a new one.
func put(res *fhir.Resource) store.Change {
	c := store.Change{Action: store.Create, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res}
	if res.ID != "" {
		c.Action = store.Update
	}
	return c
}

func (r *run) commit(ctx context.Context, j *job) {
	for i, g := range j.groups {
		key := ""
		if j.key != "" {
			key = fmt.Sprintf("%s.%d", j.key, i)
		}
		r.commitGroup(ctx, j, g, key)
	}
}

// commitGroup commits a group; if that fails and its changes are loose, each alone, to find which is at fault.
func (r *run) commitGroup(ctx context.Context, j *job, g group, key string) {
	done, err := r.done(ctx, key)
	if done {
		r.skipped.Add(int64(len(g.changes)))
		return
	}
	if err == nil {
		_, err = r.Session.Transact(ctx, g.changes, r.mark(key)...)
	}
	switch {
	case err == nil:
		r.progress(0, len(g.changes))
	case ctx.Err() != nil: // stopped: the next run goes on here
	case g.whole || len(g.changes) == 1 || fhir.KindOf(err) == fhir.Internal:
		r.fault(j.source, g.lines[0], err)
	default:
		for i := range g.changes {
			one := group{changes: g.changes[i : i+1], lines: g.lines[i : i+1]}
			single := ""
			if key != "" {
				single = fmt.Sprintf("%s.%d", key, i)
			}
			r.commitGroup(ctx, j, one, single)
		}
	}
}

func (r *run) done(ctx context.Context, key string) (bool, error) {
	if key == "" || r.Done == nil {
		return false, nil
	}
	return r.Done(ctx, key)
}

// mark is the checkpoint that is committed with what it stands for. Revision 0 makes a second run of the same piece fail
// rather than write it twice; a run that doesn't ask what was done doesn't mind.
func (r *run) mark(key string) []store.RecordWrite {
	if key == "" {
		return nil
	}
	w := store.RecordWrite{Namespace: Namespace, Key: key, Value: []byte("done")}
	if r.Done == nil {
		w.Revision = -1
	}
	return []store.RecordWrite{w}
}
