package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// History is a page of versions, newest first, each judged by what it was and by what the resource is now.
// fhir.NotFound for an instance that the grant doesn't reach or that never was; fhir.Forbidden if it reaches none of
// the type.
func (s *Session) History(ctx context.Context, scope Scope) (*Page, error) {
	a := &Access{Interaction: "history-instance", Key: fhir.Key{Type: scope.Type, ID: scope.ID}}
	switch {
	case scope.Type == "":
		a.Interaction = "history-system"
	case scope.ID == "":
		a.Interaction = "history-type"
	}
	page, err := s.history(ctx, scope)
	if err == nil && (s.observed() || s.grant.Marks()) {
		a.Items = make([]Shown, len(page.Items))
		for i, it := range page.Items {
			a.Items[i] = s.showingOld(ctx, it.Stored)
			page.Items[i].Stored = a.Items[i].Stored // with what is said of it today
		}
	}
	return s.serve(ctx, a, page, err)
}

// history is History before it is redacted and reported.
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
	if scope.ID != "" && !s.grant.Unbounded(h.interaction) { // each version is judged by what is current too: there are none without that
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

// page fills a page with what is visible. It has a next one only if something visible follows: neither a short page nor
// an empty one tells that there was something else (I2).
func (h *versionWalk) page(ctx context.Context) (*Page, error) {
	backend, limit := h.store.backend, h.scope.Limit
	if h.grant.Unbounded(h.interaction) {
		return backend.History(ctx, h.scope)
	}
	out := &Page{Total: -1}
	end, nth := h.scope, 0 // the page's last version is the nth of this chunk
	for at := h.scope; limit > 0; {
		at.Limit = max(limit+1, historyChunk)
		chunk, err := backend.History(ctx, at)
		if err != nil {
			return nil, err
		}
		for i, it := range chunk.Items {
			ok, err := h.reaches(ctx, h.interaction, it.Stored)
			if err != nil {
				return nil, err
			}
			if ok && len(out.Items) == limit {
				out.Next, err = h.position(ctx, end, nth, out.Items[limit-1].Key)
				return out, err
			}
			if ok {
				out.Items = append(out.Items, it)
				end, nth = at, i+1
			}
		}
		if chunk.Next == nil {
			break
		}
		at.After = chunk.Next
	}
	return out, nil
}

// position is the one behind the nth version of a chunk, which is last. While others write, it moves down in a chunk
// that begins with the newest.
func (h *versionWalk) position(ctx context.Context, chunk Scope, nth int, last fhir.Key) (search.Position, error) {
	for tries := 0; ; tries++ {
		chunk.Limit = nth + tries
		page, err := h.store.backend.History(ctx, chunk)
		if err != nil {
			return nil, err
		}
		if n := len(page.Items); tries == historyChunk || n > 0 && page.Items[n-1].Key == last {
			return page.Next, nil
		}
	}
}
