package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
)

// Shown is a version that a caller was shown or has written, with what the practice says of the resource today.
type Shown struct {
	*fhir.Stored
	// Others are those of its Compartments whose record it isn't in now, and who therefore don't see it: who only
	// asserted or recorded it, who is only linked to the Patient that it is, and in whose record it was filed by
	// mistake.
	Others []string
}

// showing is a current version that is shown.
func (s *Session) showing(ctx context.Context, v *fhir.Stored) Shown {
	return Shown{v, s.others(ctx, v, v)}
}

// showingOld is any version that is shown: an old one knows only what was said of the resource then.
func (s *Session) showingOld(ctx context.Context, v *fhir.Stored) Shown {
	now := *v
	current, err := s.stored(ctx, v.Key.Current())
	if err != nil || current == nil { // if it can't be known, the patient doesn't read of it
		now.Facts.Hidden = true
		return Shown{&now, v.Compartments}
	}
	now.Facts = current.Facts
	return Shown{&now, s.others(ctx, v, current)}
}

// others are those of the compartments of a version whose record it isn't in by what is current. Mostly it is in one
// patient's, and nothing need be asked.
func (s *Session) others(ctx context.Context, v, current *fhir.Stored) []string {
	if len(v.Compartments) < 2 && slices.Equal(v.Compartments, current.Compartments) {
		return nil
	}
	im, err := s.store.image(current)
	if err != nil {
		return v.Compartments
	}
	im.settled = true
	var others []string
	for _, id := range v.Compartments {
		if theirs, err := s.store.holds(ctx, access.About(id, im.t), im); err != nil || !theirs {
			others = append(others, id)
		}
	}
	return others
}

// showingAll are current versions that are shown.
func (s *Session) showingAll(ctx context.Context, all []*fhir.Stored) []Shown {
	if !s.observed() {
		return nil
	}
	out := make([]Shown, len(all))
	for i, v := range all {
		out[i] = s.showing(ctx, v)
	}
	return out
}
