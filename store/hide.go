package store

import (
	"context"
	"net/url"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// Hide hides a resource from who is online, with its history, or shows it again (P7). With it is hidden what the audit
// trail tells until now of what was done with it, and stays hidden when it is shown again; what is filed from now on is
// hidden as it comes (rules.AuditTrail). The grant must allow updating it.
func (s *Session) Hide(ctx context.Context, key fhir.Key, hidden bool) error {
	w := &work{marked: []fhir.Key{key}, mark: func(_ fhir.Key, f fhir.Facts) fhir.Facts { f.Hidden = hidden; return f }}
	_, err := s.commit(ctx, w)
	ctx, cancel := afterCommit(ctx)
	defer cancel()
	if err == nil && hidden {
		err = s.store.hideTrail(ctx, key, "")
	}
	a := Access{Interaction: "update", Key: key, Err: err, Items: s.showingAll(ctx, w.touched), Private: true}
	if len(w.touched) > 0 {
		a.Key = w.touched[0].Key
	}
	return s.report(ctx, &a)
}

// left hides what the trail has told of entries in the records that they have left: they were filed there by mistake,
// and aren't theirs to see.
func (s *Store) left(ctx context.Context, out []Outcome) {
	for i := range out {
		for _, patient := range out[i].Left {
			if err := s.hideTrail(context.WithoutCancel(ctx), out[i].Key, patient); err != nil {
				s.options.Logger.Error("what the audit trail told of an entry of another record isn't hidden yet", "entry", out[i].Key.String(), "error", err)
			}
		}
	}
}

// hidePage is how many AuditEvents are hidden in one commit.
const hidePage = 200

// hideTrail hides from patients what the trail tells of one entry: of all that are concerned, or of one.
func (s *Store) hideTrail(ctx context.Context, entry fhir.Key, patient string) error {
	o := s.SearchOptions()
	o.PageSize, o.PageMax = hidePage, hidePage
	query := url.Values{"entity": {entry.Current().String()}, "_sort": {"_id"}}
	if patient != "" {
		query.Set("patient", "Patient/"+patient)
	}
	q, err := search.Parse(s.Registry(), []string{"AuditEvent"}, query.Encode(), o)
	if err != nil {
		return err
	}
	system := s.As(access.Everything("audit"), Unobserved)
	for {
		page, err := system.Search(ctx, q)
		if err != nil {
			return err
		}
		var keys []fhir.Key
		for _, it := range page.Items {
			if !it.Facts.Hidden {
				keys = append(keys, it.Key.Current())
			}
		}
		if len(keys) > 0 {
			err = system.MarkAll(ctx, keys, func(_ fhir.Key, f fhir.Facts) fhir.Facts { f.Hidden = true; return f })
		}
		if q.After = page.Next; err != nil || page.Next == nil {
			return err
		}
	}
}
