package memory

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/store"
)

// History walks the log backwards. A Position is the index into it from which to go on, exclusive.
func (b *Backend) History(ctx context.Context, scope store.Scope) (*store.Page, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	from := len(b.log)
	if scope.After != nil {
		n, err := strconv.Atoi(string(scope.After))
		if err != nil || n < 0 || n > len(b.log) {
			return nil, fhir.Errorf(fhir.Invalid, "_cursor", "This page link is not one of ours. Start again from the first page.")
		}
		from = n
	}
	page := &store.Page{Total: -1}
	for i := from - 1; i >= 0; i-- {
		if !within(b.log[i], &scope) {
			continue
		}
		if len(page.Items) == scope.Limit {
			page.Next = fmt.Appendf(nil, "%012d", i+1) // of one length, which tells nothing of what is hidden
			return page, nil
		}
		st := b.log[i].Stored
		page.Items = append(page.Items, store.Item{Stored: &st})
	}
	return page, nil
}

func within(v *version, s *store.Scope) bool {
	switch {
	case s.Type != "" && v.Key.Type != s.Type, s.ID != "" && v.Key.ID != s.ID:
		return false
	case !s.Since.IsZero() && v.Updated.Before(s.Since):
		return false
	case !s.AtEnd.IsZero() && !v.Updated.Before(s.AtEnd):
		return false
	case !s.At.IsZero() && !v.until.IsZero() && !v.until.After(s.At):
		return false
	}
	return s.Compartment == "" || slices.Contains(v.Compartments, s.Compartment)
}
