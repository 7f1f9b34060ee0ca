package audit

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/store"
)

// Observe records an access by a store.Session: a transaction that was carried out by its changes, each other by
// itself.
func (r *Recorder) Observe(ctx context.Context, a *store.Access) error {
	if a.Err != nil || len(a.Changes) == 0 {
		return r.Record(ctx, eventOf(a))
	}
	for i := range a.Changes {
		if err := r.Record(ctx, eventOf(&a.Changes[i])); err != nil {
			return err
		}
	}
	return nil
}

// eventOf is an access as an Event.
func eventOf(a *store.Access) Event {
	e := Event{
		What: a.Interaction, When: a.When, By: a.By, Address: a.Address, Request: a.Reference, Status: a.Status, Reason: a.Reason, About: a.Key, Query: a.Query,
		Named: a.Named, Why: a.Why, Private: a.Private,
	}
	if a.Err != nil && a.Status == 0 { // what was refused where there is no HTTP
		if e.Status = badRequest; fhir.KindOf(a.Err) == fhir.Internal {
			e.Status = serverError
		}
	}
	for _, it := range a.Items {
		if len(it.Compartments) > 0 {
			if e.Shown == nil {
				e.Shown = Shown{}
			}
			e.Shown.Add(it.Stored, it.Others, a.When)
		}
	}
	return e
}
