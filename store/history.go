package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// History is a page of versions, newest first unless the Oldest are asked for, each judged by what it was and by what
// the resource is now. fhir.NotFound for an instance that the grant doesn't reach or that never was; fhir.Forbidden if
// it reaches none of the type.
func (s *Session) History(ctx context.Context, scope Scope) (*Page, error) {
	a := &Access{Interaction: "history-instance", Key: fhir.Key{Type: scope.Type, ID: scope.ID}}
	switch {
	case scope.Type == "":
		a.Interaction = "history-system"
	case scope.ID == "":
		a.Interaction = "history-type"
	}
	page, err := s.turned(ctx, scope)
	if err == nil && (s.observed() || s.grant.Marks()) {
		a.Items = make([]Shown, len(page.Items))
		for i, it := range page.Items {
			a.Items[i] = s.showingOld(ctx, it.Stored)
			page.Items[i].Stored = a.Items[i].Stored // with what is said of it today
		}
	}
	return s.serve(ctx, a, page, err)
}

// turned is a page of a history in the order that is asked for: the oldest first is the newest first, read from its
// end.
func (s *Session) turned(ctx context.Context, scope Scope) (*Page, error) {
	uncounted := scope.Total < 0
	if scope.Total == 0 && scope.First() && s.grant.Unrestricted(access.R|access.S) &&
		int64(scope.Limit) < s.store.options.Totals {
		scope.Total = s.store.options.Totals
	}
	if scope.Oldest {
		scope.Back = !scope.Back
	}
	page, err := s.history(ctx, scope)
	if err != nil {
		return nil, err
	}
	if scope.After == nil && page.alone() && scope.Limit > 0 && !uncounted {
		page.Total = int64(len(page.Items)) // all there are
	}
	if scope.Oldest {
		slices.Reverse(page.Items)
		page.Next, page.Previous = page.Previous, page.Next
	}
	return page, nil
}

// history is a page, newest first, before it is redacted and reported.
func (s *Session) history(ctx context.Context, scope Scope) (*Page, error) {
	h := versionWalk{Session: s, interaction: access.S, scope: scope}
	if scope.ID != "" {
		h.interaction = access.R
	}
	if t, ok := s.store.Registry().Type(scope.Type); ok {
		if err := s.may(h.interaction, t); err != nil {
			return nil, err
		}
	}
	if scope.ID != "" && !s.grant.Unrestricted(h.interaction) { // each version is judged by what is current too: there are none without that
		st, err := s.visible(ctx, access.R, fhir.Key{Type: scope.Type, ID: scope.ID})
		if err != nil {
			return nil, err
		}
		if st == nil {
			return nil, notFound(fhir.Key{Type: scope.Type, ID: scope.ID})
		}
	}
	h.narrow()
	page, err := h.page(ctx)
	if err != nil || scope.ID == "" || len(page.Items) > 0 {
		return page, err
	}
	// Nothing on the page: because nothing is visible at all, or only because of the time asked for?
	h.scope = Scope{Type: scope.Type, ID: scope.ID, Compartment: h.scope.Compartment, Limit: 1}
	any, err := h.page(ctx)
	if err != nil {
		return nil, err
	}
	if len(any.Items) == 0 {
		return nil, notFound(fhir.Key{Type: scope.Type, ID: scope.ID})
	}
	return page, nil
}

// versionWalk is one walk over versions.
type versionWalk struct {
	*Session
	interaction access.Interaction
	scope       Scope
}

// historyChunk is how many versions are looked at in one go when some of them may be hidden.
const historyChunk = 200

// narrow lets the backend leave out what the grant of one patient can't reach anyway.
func (h *versionWalk) narrow() {
	patient := ""
	for _, name := range h.types() {
		t, _ := h.store.Registry().Type(name)
		if t == nil {
			continue
		}
		p := h.grant.Predicate(h.interaction, t)
		if expr.IsFalse(p) {
			continue
		}
		id := compartment(p)
		if id == "" || patient != "" && patient != id {
			return
		}
		patient = id
	}
	if patient != "" && h.scope.Compartment == "" {
		h.scope.Compartment = patient
	}
}

func (h *versionWalk) types() []string {
	if h.scope.Type != "" {
		return []string{h.scope.Type}
	}
	if h.scope.Types != nil {
		return h.scope.Types
	}
	return h.store.Registry().Names()
}

// compartment is the Patient outside whose compartment a predicate is plainly false, "" if it isn't so simple.
func compartment(e expr.Expr) string {
	for part := range expr.Necessary(e) {
		if in, ok := part.(expr.Compartment); ok {
			return in.Patient
		}
	}
	return ""
}

// page fills a page with what is visible. It has a next one, or going back a previous, only if something visible
// follows: neither a short page nor an empty one tells that there was something else (I2).
func (h *versionWalk) page(ctx context.Context) (*Page, error) {
	if h.grant.Unrestricted(h.interaction) {
		return h.store.backend.History(ctx, h.scope)
	}
	var found []Item
	err := h.visible(ctx, h.scope, func(it Item) bool {
		found = append(found, it)
		return len(found) <= h.scope.Limit
	})
	if err != nil {
		return nil, err
	}
	page := Versions(found, &h.scope)
	if h.scope.Total > 0 {
		all := h.scope
		all.Place, page.Total = search.Place{}, 0
		err = h.visible(ctx, all, func(Item) bool {
			page.Total++
			return page.Total <= h.scope.Total
		})
		if page.Total > h.scope.Total {
			page.Total = -1
		}
	}
	return page, err
}

// visible calls yield with the versions that the grant reaches, from a place on and in that direction, until it says
// false.
func (h *versionWalk) visible(ctx context.Context, from Scope, yield func(Item) bool) error {
	for from.Limit = max(from.Limit+1, historyChunk); ; {
		chunk, err := h.store.backend.History(ctx, from)
		if err != nil {
			return err
		}
		from.After = chunk.Next
		if from.Back {
			from.After = chunk.Previous
			slices.Reverse(chunk.Items)
		}
		for _, it := range chunk.Items {
			ok, err := h.reaches(ctx, h.interaction, it.Stored)
			if err != nil || ok && !yield(it) {
				return err
			}
		}
		if from.After == nil {
			return nil
		}
	}
}
