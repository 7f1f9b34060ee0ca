package audit

import (
	"context"
	"net/url"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// hidePage is how many AuditEvents are hidden in one commit.
const hidePage = 200

// Hide hides from patients what the trail tells of one entry, when that is hidden: what was done with it until now. What is filed from now on is
// hidden as it comes (rules.AuditTrail). It stays hidden if the entry is shown again.
func Hide(ctx context.Context, s *store.Store, entry fhir.Key) error {
	o := s.SearchOptions()
	o.PageSize, o.PageMax = hidePage, hidePage
	query := url.Values{"entity": {entry.Current().String()}, "_sort": {"_id"}}
	q, err := search.Parse(s.Registry(), []string{"AuditEvent"}, query.Encode(), o)
	if err != nil {
		return err
	}
	system := s.As(access.Everything("audit"))
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
