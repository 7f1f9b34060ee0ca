package record

import (
	"bytes"
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// patientType is the type whose compartment is a record.
const patientType = "Patient"

// byID is an order that no change of a resource alters: a walk in it neither skips nor repeats, whoever writes
// meanwhile. (Only the last of a page would come again when it was updated, for a Position tells versions apart: so it
// is named besides.)
var byID = []search.Sort{{Param: spec.ID}}

// Scope is which part of which records Everything gives.
type Scope struct {
	Patient string            // the id; "" for all patients whom the caller may see
	Types   []string          // only resources of these types; nil: all
	From    *search.DateRange // only care at or after it (R4 Patient/$everything, start); nil: no such limit
	Until   *search.DateRange // only care at or before it (end)
	Since   *search.DateRange // only what was updated at or after it (_since)
	Base    string            // our own FHIR base URL: absolute references below it are local
	Limit   int               // resources on the page, at least 1
	After   search.Position   // where the last page ended; nil is the start
}

// Everything is a page of the records: the patient, then what is in the compartment, type by type and each by id;
// behind them, of one patient's record, what it refers to and is in nobody's compartment (practitioners, organizations,
// medicines …), marked as include. Every page stands for itself, each resource comes once, and there is a next page
// only if it has something.
//
// Resources without a date of care are always in the period asked for, and so is the Patient, which is also shown if it
// wasn't updated. fhir.NotFound if there is no such patient.
func Everything(ctx context.Context, s *store.Session, r *spec.Registry, scope Scope) (*store.Page, error) {
	return s.Compose(ctx, fhir.Key{Type: patientType, ID: scope.Patient}, nil, func(steps *store.Session) (*store.Page, error) {
		if scope.Patient != "" {
			if _, err := steps.Read(ctx, fhir.Key{Type: patientType, ID: scope.Patient}); err != nil {
				return nil, err
			}
		}
		return page(ctx, steps, r, scope)
	})
}

// page makes a page of Everything.
func page(ctx context.Context, s *store.Session, r *spec.Registry, scope Scope) (*store.Page, error) {
	w := &walk{Session: s, registry: r, Scope: scope, page: &store.Page{Total: -1}}
	for _, name := range r.Names() {
		switch t, _ := r.Type(name); {
		case !s.May(access.S, t):
		case name == patientType:
			w.parts = slices.Insert(w.parts, 0, t)
		case len(t.Patients()) > 0:
			w.parts = append(w.parts, t)
		}
	}
	at, err := w.start()
	if err != nil {
		return nil, err
	}
	if !at.outside {
		if err := w.inside(ctx, at); err != nil || w.page.Next != nil {
			return w.page, err
		}
		at.last = ""
	}
	if w.Patient == "" {
		return w.page, nil
	}
	return w.page, w.outside(ctx, at.last)
}

// walk is the making of one page.
type walk struct {
	*store.Session
	Scope
	registry *spec.Registry
	parts    []*spec.Type // in the order of the walk
	page     *store.Page
}

// place is where a page begins.
type place struct {
	part    int             // index of walk.parts
	within  search.Position // where in the part; nil is its start
	outside bool            // the parts are done
	last    string          // what came last: in the part its id, outside its reference; "" is the start
}

// The first byte of a Position, which tells what follows: a type, an id and the backend's own Position, parted by NUL;
// or a reference.
const (
	insideForm  = 'c'
	outsideForm = 'o'
)

func (w *walk) start() (at place, err error) {
	if len(w.After) == 0 {
		return at, nil
	}
	form, rest := w.After[0], []byte(w.After[1:])
	if form == outsideForm {
		return place{outside: true, last: string(rest)}, nil
	}
	fields := bytes.SplitN(rest, []byte{0}, 3)
	at.part = slices.IndexFunc(w.parts, func(t *spec.Type) bool { return t.Name == string(fields[0]) })
	if len(fields) < 3 || form != insideForm || at.part < 0 {
		return at, fhir.Errorf(fhir.Invalid, "_cursor", "This page link is not one of ours. Start again from the first page.")
	}
	if len(fields[2]) > 0 {
		at.within, at.last = search.Position(fields[2]), string(fields[1])
	}
	return at, nil
}

// ended sets where the next page begins: in the part of t, at its start or behind last.
func (w *walk) ended(t *spec.Type, last string, within search.Position) {
	w.page.Next = slices.Concat([]byte{insideForm}, []byte(t.Name), []byte{0}, []byte(last), []byte{0}, within)
}

// inside fills the page from the compartment. When it is full it looks whether anything of it is left.
func (w *walk) inside(ctx context.Context, at place) error {
	for _, t := range w.parts[at.part:] {
		within, where := at.within, w.where(t, w.Since)
		if within != nil {
			where = search.And{where, search.Not{Expr: search.IDs{at.last}}}
		}
		at.within = nil
		if w.Types != nil && !slices.Contains(w.Types, t.Name) {
			continue
		}
		left := w.Limit - len(w.page.Items)
		found, err := w.Search(ctx, &search.Search{Query: search.Query{
			From: []search.From{{Type: t, Where: where}}, Sort: byID, Limit: max(left, 1),
			Place: search.Place{After: within}}})
		if err != nil {
			return err
		}
		if left == 0 {
			if len(found.Items) > 0 {
				w.ended(t, "", nil)
				return nil
			}
			continue
		}
		w.page.Items = append(w.page.Items, found.Items...)
		if found.Next != nil {
			w.ended(t, found.Items[len(found.Items)-1].Key.ID, found.Next)
			return nil
		}
	}
	return nil
}

// where is the condition on resources of one type. since is nil for those that need not have been updated.
func (w *walk) where(t *spec.Type, since *search.DateRange) search.Expr {
	in := search.Within(patientType, w.Patient, t)
	limits := search.And{}
	if since != nil {
		limits = append(limits, search.Test{Param: spec.LastUpdated, Is: search.DateIs{Op: search.Ge, Lo: since.Lo, Hi: since.Hi}})
	}
	if t.Date != nil && (w.From != nil || w.Until != nil) {
		limits = append(limits, w.cared(t.Date))
	}
	if t.Name == patientType && w.Patient != "" {
		return search.And{in, search.Or{search.IDs{w.Patient}, limits}}
	}
	return append(search.And{in}, limits...)
}

// cared is true of what didn't end before the period asked for nor begin after it: of what has no date too.
func (w *walk) cared(date *spec.Param) search.Expr {
	period := search.And{}
	if w.From != nil {
		period = append(period, search.Not{Expr: search.Test{Param: date, Is: search.DateIs{Op: search.Eb, Lo: w.From.Lo, Hi: w.From.Hi}}})
	}
	if w.Until != nil {
		period = append(period, search.Not{Expr: search.Test{Param: date, Is: search.DateIs{Op: search.Sa, Lo: w.Until.Lo, Hi: w.Until.Hi}}})
	}
	return period
}

// updated says whether a resource was updated as _since asks.
func (w *walk) updated(at time.Time) bool { return w.Since == nil || at.UnixMicro() >= w.Since.Lo }
