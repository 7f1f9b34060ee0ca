package store

import (
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// Observer is told of every access by a Session before the caller has the outcome. What it can't take down isn't
// served: its error is the caller's.
type Observer interface {
	Observe(ctx context.Context, a *Access) error
}

// FailedRequest is the Interaction of a request that was answered with an error before it was known what it wanted.
const FailedRequest = "request"

// Access is one thing that a caller did by a Session, or was refused.
type Access struct {
	By          access.Identity
	When        time.Time
	Interaction string   // R4's code of it (restful-interaction), as "search-type"
	Key         fhir.Key // what was asked for or written; without an id if it was no single resource
	Items       []Shown  // what the caller was shown or has written, as it is stored, and in all compartments that a change has touched
	Named       []string // ids of the Patients whom staff or a system asked for by name, whatever was found
	Err         error    // why nothing was done; nil if it was
	Created     bool     // there was no such resource before
	// NotModified says that the caller had the resource already, and wasn't served it again.
	NotModified bool
	Changes     []Access // of a transaction that was carried out: its changes
	Why         string   // what the caller gave as the reason, of an operation
	Private     bool     // the patient isn't to read of it: that something was hidden, or access was suspended (P7, P8)

	// What the door knows of the request: where it comes from, its support reference, what was searched for as it was
	// sent, and how it is answered, in HTTP's status and a code of R4 (issue-type).
	Address, Reference, Query string
	Status                    int
	Reason                    string
}

// Unobserved is for Frontdesk's own parts: what they read is served to nobody, and who asks isn't a caller.
var Unobserved Observer = unobserved{}

type unobserved struct{}

// Observe does nothing.
func (unobserved) Observe(context.Context, *Access) error { return nil }

// observed says that somebody wants to know.
func (s *Session) observed() bool { return s.observer != Unobserved }

// report tells the observer of an access, and is its error: of the access, or why it can't be told.
func (s *Session) report(ctx context.Context, a *Access) error {
	if !s.observed() {
		return a.Err
	}
	a.By, a.When = s.grant.Identity(), s.store.options.Now()
	if a.By.Online() { // who is online tells nobody by naming them
		a.Named = nil
	} else if a.Key.Type == "Patient" && a.Key.ID != "" && !slices.Contains(a.Named, a.Key.ID) {
		a.Named = append(a.Named, a.Key.ID)
	}
	if err := s.observer.Observe(ctx, a); err != nil {
		return err
	}
	return a.Err
}

// serve redacts a page that was found, and reports it: with the error, if there is one.
func (s *Session) serve(ctx context.Context, a *Access, page *Page, err error) (*Page, error) {
	var served *Page
	if a.Err = err; err == nil {
		served, a.Err = s.markedPage(s.redactPage(ctx, page))
	}
	if a.Err == nil && s.observed() && a.Items == nil {
		a.Items = make([]Shown, len(page.Items))
		for i, it := range page.Items {
			a.Items[i] = s.showing(ctx, it.Stored)
		}
	}
	if err := s.report(ctx, a); err != nil {
		return nil, err
	}
	return served, nil
}

// named are the Patients whose records a search names: as a compartment, or by a reference that is to be to one.
func named(q *search.Search) (ids []string) {
	for _, f := range q.From {
		for part := range expr.Necessary(f.Where) {
			id := ""
			if in, ok := part.(expr.Compartment); ok {
				id = in.Patient
			} else if test, ok := part.(expr.Test); ok {
				if is, refers := test.Is.(search.RefIs); refers && (is.Type == "Patient" || test.Param.Code == "patient") {
					id = is.ID
				}
			}
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
