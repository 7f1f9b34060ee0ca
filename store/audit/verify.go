package audit

import (
	"context"
	"fmt"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// Report is what Verify found.
type Report struct {
	Head    Head
	Links   int64
	Events  int64 // AuditEvents in the chain
	Waiting int64 // of them, those that aren't filed as resources yet
}

// Broken is the first fault that Verify found.
type Broken struct {
	Link int64    // the number of the link at fault, or behind which the fault is; 0: it isn't in one
	Key  fhir.Key // of the AuditEvent at fault; zero if it's the chain itself
	Text string   // what is wrong
	When time.Time
}

// Error is for the person who asked.
func (b *Broken) Error() string {
	text := "the audit trail is broken: "
	if b.Key.ID != "" {
		text += b.Key.String() + " "
	}
	text += b.Text
	if b.Link > 0 {
		text += fmt.Sprintf(" (link %d of the chain", b.Link)
		if !b.When.IsZero() {
			text += ", " + b.When.Format(time.RFC3339)
		}
		text += ")"
	}
	return text
}

// verifier walks the chain.
type verifier struct {
	store    *store.Store
	session  *store.Session
	progress func(done, total int64)
	total    int64 // AuditEvents, about
	expect   Head
	report   Report
	last     link
}

// Verify walks the whole chain. The error is a *Broken if anything was removed, altered or added, else that the store
// can't be read. expect, if it isn't zero, is the end of the chain as it was once noted down. progress tells how many
// AuditEvents of about how many are looked at. The store may be in use meanwhile.
func Verify(ctx context.Context, s *store.Store, expect Head, progress func(done, total int64)) (Report, error) {
	v := &verifier{store: s, session: s.As(access.Everything("audit"), store.Unobserved), progress: progress, expect: expect}
	var err error
	if v.report.Head, _, err = head(ctx, s.Records()); err != nil {
		return v.report, err
	}
	filed, err := v.search(ctx, nil)
	if err != nil {
		return v.report, err
	}
	if v.total = filed.Total; progress != nil {
		progress(0, v.total)
	}
	if err := v.links(ctx); err != nil {
		return v.report, err
	}
	return v.report, v.strays(ctx)
}

// links looks at every link up to the head, and at its AuditEvents.
func (v *verifier) links(ctx context.Context) (err error) {
	end, behind := v.report.Head, false
	scanned := v.store.Records().Scan(ctx, namespace, "", func(r store.Record) bool {
		if r.Key == headKey || v.last.Number == end.Number {
			behind = r.Key != headKey
			return false
		}
		err = v.link(ctx, r)
		return err == nil
	})
	switch {
	case scanned != nil:
		return scanned
	case err != nil:
		return err
	case v.last.Number != end.Number:
		return v.broken("the end of the chain is cut off: link %d should be the last", end.Number)
	case v.last.Hash != end.Hash:
		return v.broken("the chain doesn't end in what its head says")
	case v.expect.Number > end.Number:
		return v.broken("the end of the chain is cut off: it once had link %d", v.expect.Number)
	}
	if now, _, err := head(ctx, v.store.Records()); behind && err == nil && now == end { // else it was appended meanwhile
		return v.broken("there is a link behind the one that the head names as the last")
	}
	return nil
}

// link looks at one.
func (v *verifier) link(ctx context.Context, r store.Record) error {
	l, err := readLink(r.Value)
	if err != nil || r.Key != key(l.Number) {
		return v.broken("what follows it can't be read as a link")
	}
	before := v.last
	switch {
	case l.Number != before.Number+1:
		return v.broken("link %d is missing behind it", before.Number+1)
	case l.Hash != l.sum():
		v.last = l
		return v.broken("the link was altered")
	case l.Previous != before.Hash:
		return v.broken("the link before it, or its reference to that, was altered: %d", before.Number)
	case l.Number == v.expect.Number && l.Hash != v.expect.Hash:
		v.last = l
		return v.broken("its hash isn't the one that was noted down: the chain was made anew")
	}
	v.last = l
	entries, err := l.entries()
	if err != nil {
		return err
	}
	for i, e := range entries {
		if err := v.event(ctx, l, i, e); err != nil {
			return err
		}
	}
	v.report.Links++
	v.report.Events += int64(len(entries))
	if v.progress != nil {
		v.progress(v.report.Events, max(v.total, v.report.Events))
	}
	return nil
}

// broken is a fault of the chain at the last link looked at.
func (v *verifier) broken(format string, args ...any) error {
	return &Broken{Link: v.last.Number, When: v.last.Time, Text: fmt.Sprintf(format, args...)}
}

// event looks at one AuditEvent. It may be filed just now, so who doesn't find it, nor finds it waiting, looks again.
func (v *verifier) event(ctx context.Context, l link, i int, e entry) error {
	k := fhir.Key{Type: "AuditEvent", ID: e.ID}
	for range 2 {
		stored, err := v.session.Read(ctx, k)
		switch kind := fhir.KindOf(err); {
		case err == nil && stored.Key.Version != 1:
			return v.altered(k, "was changed")
		case err == nil:
			return v.unaltered(k, l, i, e, original(stored.JSON))
		case kind == fhir.Gone:
			return v.altered(k, "was deleted")
		case kind != fhir.NotFound:
			return err
		}
		waits, err := v.waits(ctx, l, i, e)
		if waits {
			v.report.Waiting++
		}
		if waits || err != nil {
			return err
		}
	}
	return v.altered(k, "was removed")
}

func (v *verifier) altered(k fhir.Key, text string) error {
	return &Broken{Link: v.last.Number, When: v.last.Time, Key: k, Text: text}
}

// original is a stored AuditEvent as it was before it got its meta: nil if it can't be read.
func original(stored []byte) []byte {
	r, err := codec.Decode(stored, codec.Unlimited())
	if err != nil || r.Spans.Meta.Start == 0 {
		return nil
	}
	// In what Frontdesk writes, meta is never the first member.
	return slices.Concat(r.JSON[:r.Spans.Meta.Start-1], r.JSON[r.Spans.Meta.End:])
}

// waits says whether an AuditEvent of a link waits to be filed: unaltered, if it isn't made of an event of the link.
func (v *verifier) waits(ctx context.Context, l link, i int, e entry) (bool, error) {
	record, err := v.store.Records().Get(ctx, rules.AuditWaiting, key(l.Number))
	if fhir.KindOf(err) == fhir.NotFound {
		return false, nil
	}
	if err != nil || l.Rendition > 0 {
		return err == nil, err
	}
	all, err := lines(record.Value)
	if err != nil || i >= len(all) || digest(all[i]) != e.Hash {
		return false, v.altered(fhir.Key{Type: "AuditEvent", ID: e.ID}, "was altered before it was filed")
	}
	return true, nil
}
