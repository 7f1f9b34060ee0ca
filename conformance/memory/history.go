package memory

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/store"
)

// History walks the log, newest first. A Position is the index of a version in it.
func (b *Backend) History(ctx context.Context, scope store.Scope) (*store.Page, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	step, at := -1, len(b.log)
	if scope.Back {
		step, at = 1, -1
	}
	if scope.After != nil {
		n, err := strconv.Atoi(string(scope.After))
		if err != nil || n < 0 || n >= len(b.log) {
			return nil, fhir.Errorf(fhir.Invalid, "_cursor", "This page link is not one of ours. Start again from the first page.")
		}
		at = n
	}
	var items []store.Item
	for at += step; at >= 0 && at < len(b.log) && len(items) <= scope.Limit; at += step {
		if within(b.log[at], &scope) {
			st := b.log[at].Stored
			// of one length, which tells nothing of what is hidden
			items = append(items, store.Item{Stored: &st, At: fmt.Appendf(nil, "%012d", at)})
		}
	}
	page := store.Versions(items, &scope)
	var n int64
	for _, v := range b.log {
		if within(v, &scope) {
			n++
		}
	}
	if scope.Total > 0 && n <= scope.Total {
		page.Total = n
	}
	return page, nil
}

func within(v *version, s *store.Scope) bool {
	switch {
	case s.Type != "" && v.Key.Type != s.Type, s.ID != "" && v.Key.ID != s.ID, s.Types != nil &&
		!slices.Contains(s.Types, v.Key.Type):
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
