package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// Write makes one change.
func (s *Session) Write(ctx context.Context, c Change) (*Outcome, error) {
	return s.writeOne(ctx, work{changes: []Change{c}})
}

// writeOne makes the one change of a commit, and reports it with what is marked besides.
func (s *Session) writeOne(ctx context.Context, w work) (*Outcome, error) {
	c := &w.changes[0]
	out, err := s.commit(ctx, &w)
	ctx, cancel := afterCommit(ctx)
	defer cancel()
	a := Access{Interaction: interactions[c.Action], Key: c.Key, Err: err}
	if err == nil {
		a = s.changing(ctx, c, &out[0])
		a.Items = append(a.Items, s.showingAll(ctx, w.touched)...)
		a.Err = s.markedOutcomes(out, s.redactOutcomes(ctx, out))
	}
	if err := s.report(ctx, &a); err != nil {
		return nil, err
	}
	return &out[0], nil
}

// Transact makes all changes or none (R4 http 3.1.0.11.2). Links between them (urn:uuid and other full URLs) and
// conditional references ("Patient?identifier=…") are resolved. The outcomes are in the order of the changes.
// Expressions in errors begin with the change's At. Records are written in the same commit, as a checkpoint of an
// import is; if another has written one of them meanwhile that is a fhir.Conflict.
func (s *Session) Transact(ctx context.Context, cs []Change, records ...RecordWrite) ([]Outcome, error) {
	if len(cs) == 0 && len(records) == 0 {
		return nil, nil
	}
	out, err := s.commit(ctx, &work{changes: cs, linked: true, records: records})
	ctx, cancel := afterCommit(ctx)
	defer cancel()
	a := Access{Interaction: "transaction"}
	if a.Err = err; err == nil {
		if s.observed() {
			for i := range cs {
				if cs[i].Action != Read { // what is read is told of when it is
					a.Changes = append(a.Changes, s.changing(ctx, &cs[i], &out[i]))
				}
			}
		}
		a.Err = s.markedOutcomes(out, s.redactOutcomes(ctx, out))
	}
	if a.Err == nil && a.Changes == nil && len(cs) > 0 {
		return out, nil
	}
	if err := s.report(ctx, &a); err != nil {
		return nil, err
	}
	return out, nil
}

// interactions are what changes are called in R4 (restful-interaction).
var interactions = map[Action]string{Create: "create", Update: "update", Patch: "patch", Delete: "delete"}

// changing is the Access that a change is which was made.
func (s *Session) changing(ctx context.Context, c *Change, out *Outcome) Access {
	a := Access{Interaction: interactions[c.Action], Key: c.Key}
	if out.Stored != nil {
		a.Key, a.Created = out.Key, out.Created
		if s.observed() {
			touched := out.Touched() // in both patients' records, of what was moved to another's
			a.Items = []Shown{{touched, s.others(ctx, touched, out.Stored)}}
		}
	}
	if out.Provenance != nil && s.observed() {
		a.Items = append(a.Items, Shown{out.Provenance, s.others(ctx, out.Provenance, out.Provenance)})
	}
	return a
}

// work is what one commit is to do.
type work struct {
	changes []Change
	linked  bool // the changes may refer to one another, as the entries of a transaction do
	records []RecordWrite
	// marked are resources whose facts change as mark says, of which changes may write some.
	marked []fhir.Key
	mark   func(fhir.Key, fhir.Facts) fhir.Facts
	// touched are the marked ones that no change writes, with the facts that they have now.
	touched []*fhir.Stored
}

// commit tries until the state it planned by is the state it is committed to. A client's own If-Match doesn't survive a
// lost race: planned anew, it names an old version.
//
// A conditional create that is refused is planned once more: what refused it may be what it itself made, when it was
// sent before, in the moment between the look for it and the rule's.
func (s *Session) commit(ctx context.Context, w *work) ([]Outcome, error) {
	again := slices.ContainsFunc(w.changes, func(c Change) bool { return c.Action == Create && c.Match != nil })
	for try := 0; ; try++ {
		out, err := s.attempt(ctx, w)
		if again && fhir.KindOf(err) == fhir.Conflict {
			again = false
			continue
		}
		var lost *Rejected
		if !errors.As(err, &lost) {
			s.store.left(ctx, out)
			return out, err
		}
		if lost.Reason == RecordChanged && lost.Index < len(w.records) {
			return nil, fhir.Errorf(fhir.Conflict, "", "This has been done meanwhile by another, and nothing was changed. (%w)", err)
		}
		if try >= s.store.options.Retries {
			return nil, &fhir.Error{Kind: fhir.Conflict, RetryAfter: time.Second, Err: err, Issues: []fhir.Issue{{
				Text: "Too many others are changing the same resource just now, and nothing was changed. Send the request again."}}}
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
}

// pause waits for a random while that grows with every try to 64 ms at the most, so that rivals come apart.
func pause(ctx context.Context, try int) error {
	t := time.NewTimer(rand.N(time.Millisecond << min(try, 6)))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fhir.Errorf(fhir.TimedOut, "",
			"The time for this request ran out while others changed the same resource. Send it again. (%w)", ctx.Err())
	}
}

// attempt plans all changes, prepares their writes, lets the rules speak, and applies.
func (s *Session) attempt(ctx context.Context, w *work) ([]Outcome, error) {
	batch := Batch{Registry: s.store.Registry()} // first: what is planned by a later one is refused
	plans, err := s.plans(ctx, w)
	if err != nil {
		return nil, err
	}
	var links *linker
	if w.linked {
		if links, err = s.linker(plans); err != nil {
			return nil, err
		}
	}
	batch.Records = w.records
	commit := Commit{Grant: s.grant, System: s.store.As(access.Everything("rules"), Unobserved), Caller: s.within(), Batch: &batch}
	if err := s.pend(ctx, plans, links, &commit); err != nil {
		return nil, err
	}
	if err := s.provenances(ctx, plans, &commit); err != nil {
		return nil, err
	}
	if err := s.exclusive(ctx, plans); err != nil {
		return nil, err
	}
	if err := s.needed(ctx, plans, &batch); err != nil {
		return nil, err
	}
	if len(batch.Writes)+len(w.records)+len(w.marked) == 0 {
		return outcomes(plans, &batch, nil), nil
	}
	for _, r := range s.store.options.Rules {
		if err := r.Apply(ctx, &commit); err != nil {
			return nil, told(plans, err)
		}
	}
	if err := s.marks(ctx, &batch, w); err != nil {
		return nil, err
	}
	defined, err := s.store.define(ctx, &commit)
	if err != nil {
		return nil, err
	}
	results, err := s.store.backend.Apply(ctx, batch)
	if err != nil {
		return nil, s.uncounted(err)
	}
	if defined {
		if err := s.store.Refresh(context.WithoutCancel(ctx)); err != nil { // what is stored is stored; Follow tries again
			s.store.options.Logger.Error("search parameters were changed, and can't be used yet", "error", err)
		}
	}
	return outcomes(plans, &batch, results), nil
}

// pend prepares what is planned and adds it to what is to be committed.
func (s *Session) pend(ctx context.Context, plans []*plan, links *linker, commit *Commit) error {
	for _, p := range plans {
		if !p.writes() {
			continue
		}
		if err := s.prepare(ctx, p, links); err != nil {
			return placed(p.At, err)
		}
	}
	for _, p := range plans {
		switch {
		case !p.writes():
		case p.unchanged():
			p.same = true
			commit.Batch.Require = append(commit.Batch.Require, p.before.Key)
		default:
			s.adds(commit.Batch, p)
			commit.Pending = append(commit.Pending, Pending{Before: p.before, After: p.after, Seen: p.seen, Sent: p.sent,
				At: resourceAt(p.At), Matched: p.named()})
		}
	}
	return nil
}

// prepare makes the image after the change, and asks whether the grant allows it. Facts come from before: the practice
// set them, and no write by a client can undo them.
func (s *Session) prepare(ctx context.Context, p *plan, links *linker) error {
	p.doc = search.Doc{Key: p.key, Updated: s.store.options.Now().UTC().Truncate(time.Microsecond)}
	p.doc.Facts.Recorded = p.doc.Updated
	if p.before != nil {
		p.doc.Facts, p.doc.Compartments = p.before.Facts, p.before.Compartments
	}
	if p.Action == Delete {
		return nil
	}
	blind, err := s.blind(ctx, p)
	if err != nil {
		return err
	}
	if err := s.made(ctx, p, links); err != nil {
		return blind(err)
	}
	p.doc.Entries = s.store.index(p.t, p.after)
	if err := s.unmarked(p); err != nil {
		return err
	}
	p.doc.Compartments = search.Compartments(p.t, p.key.ID, p.doc.Entries)
	ok, err := s.allows(ctx, p.interaction(), &image{t: p.t, doc: p.doc, before: p.before})
	if err == nil && !ok {
		err = s.forbidden(p.key)
	}
	if err == nil && p.Action == Patch {
		// Most of what a patch makes of a resource isn't from the caller, who may be allowed to change it and not to
		// read it.
		ok, err = s.allows(ctx, access.R, &image{t: p.t, doc: p.doc})
		p.unread = !ok
	}
	return err
}

// made is what the caller makes of the resource, and what shall be stored of it.
func (s *Session) made(ctx context.Context, p *plan, links *linker) (err error) {
	if p.seen = p.before; p.present() {
		if p.seen, err = s.redactOne(ctx, p.before); err != nil {
			return err
		}
	}
	p.sent = p.Resource
	if p.Action == Patch {
		served, err := s.markedOne(p.seen, nil) // with the tags that the patch may name by their place
		if err != nil {
			return err
		}
		limits := s.store.options.Limits
		limits.Lacking = s.Redacts()
		if p.sent, err = patched(served, p.Change.Patch, limits); err != nil {
			return err
		}
	}
	if links != nil {
		if p.sent, err = links.rewrite(ctx, p.sent, p.FullURL, true); err != nil {
			return err
		}
	}
	if err = s.online(p); err != nil {
		return err
	}
	p.after, err = s.whole(ctx, p)
	return err
}

// adds takes a plan into a Batch.
func (s *Session) adds(b *Batch, p *plan) {
	b.Writes = append(b.Writes, s.write(p))
	if p.before != nil {
		b.Known = append(b.Known, Mark{Key: p.before.Key, Facts: p.before.Facts})
	}
}

// write is the plan as the backend gets it. A tombstone keeps the compartments and facts of what it buries.
func (s *Session) write(p *plan) Write {
	w := Write{Key: p.key, Compartments: p.doc.Compartments, Facts: p.doc.Facts, Index: p.doc.Entries, NoMatch: s.guarded(p.noMatch)}
	switch p.Action {
	case Create:
		w.Method = fhir.Post
	case Delete:
		w.Method = fhir.Delete
		return w
	default:
		w.Method = fhir.Put
		if p.before != nil && p.before.Deleted() {
			w.Method = fhir.Again
		}
	}
	w.Body = p.after.Body(p.key.ID)
	return w
}

// written is what a Write has made.
func written(w *Write, r Result) *fhir.Stored {
	return &fhir.Stored{Key: w.Key, Updated: r.Updated, Method: w.Method, JSON: r.JSON, Compartments: w.Compartments, Facts: w.Facts}
}

// outcomes tells what became of each change. Writes that rules have added stand behind those of the plans.
func outcomes(plans []*plan, batch *Batch, results []Result) []Outcome {
	out := make([]Outcome, len(plans))
	n := 0
	for i, p := range plans {
		switch {
		case p.found != nil:
			out[i] = Outcome{Stored: p.found, Unchanged: true}
		case p.same:
			out[i] = Outcome{Stored: p.before, Unchanged: true}
			if p.unread {
				hidden := *p.before
				hidden.JSON = nil
				out[i].Stored = &hidden
			}
		case p.writes():
			out[i] = Outcome{Created: p.creates(), Stored: written(&batch.Writes[n], results[n])}
			w := &batch.Writes[n]
			n++
			if p.recorded > 0 {
				out[i].Provenance = written(&batch.Writes[p.recorded], results[p.recorded])
			}
			if p.before != nil && !p.before.Deleted() && !slices.Equal(p.before.Compartments, w.Compartments) {
				out[i].Left = slices.DeleteFunc(slices.Clone(p.before.Compartments), func(id string) bool { return slices.Contains(w.Compartments, id) })
			}
			if p.unread {
				out[i].JSON = nil
			}
		}
	}
	return out
}
