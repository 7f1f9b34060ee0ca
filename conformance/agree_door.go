package conformance

import (
	"iter"
	"slices"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// door is by which way a query is asked: of the backend itself, or if session through a Session, of the system or of
// one patient.
type door struct {
	session bool
	patient string
}

// String is for reports.
func (d door) String() string {
	switch {
	case d.patient != "":
		return "Session of Patient/" + d.patient
	case d.session:
		return "Session of the system"
	}
	return "backend"
}

func (d door) grant() access.Grant {
	if d.patient != "" {
		return access.PatientRead(d.patient)
	}
	return access.Everything("conformance")
}

func (d door) find(a *agreement, q *search.Query) (*store.Page, error) {
	if d.session {
		return a.store.As(d.grant(), store.Unobserved).Search(a.ctx, &search.Search{Query: *q})
	}
	return a.b.Find(a.ctx, q)
}

// shut says that the grant reaches nothing of any type searched: that is told, and not taken for an empty answer.
func (d door) shut(a *agreement, q *search.Query) bool {
	return d.session && !slices.ContainsFunc(q.From, func(f search.From) bool { return a.store.As(d.grant(), store.Unobserved).May(access.S, f.Type) })
}

// world is what there is for who asks: to a patient, what isn't his or hers isn't there, at the far end of a chain
// neither (I1).
func (d door) world(a *agreement) search.World {
	if d.patient == "" {
		return &a.world
	}
	return restricted{a, d.grant()}
}

// restricted is the part of a world that a grant lets its holder search.
type restricted struct {
	*agreement
	grant access.Grant
}

func (r restricted) allows(d *search.Doc) bool {
	t, ok := r.g.r.Type(d.Key.Type)
	return ok && search.Match(r.grant.Predicate(access.S, t), d, time.Time{}, &r.world)
}

// Doc and All make it a search.World.
func (r restricted) Doc(typ, id string) *search.Doc {
	if d := r.world.Doc(typ, id); d != nil && r.allows(d) {
		return d
	}
	return nil
}

func (r restricted) All(typ string) iter.Seq[*search.Doc] {
	return func(yield func(*search.Doc) bool) {
		for d := range r.world.All(typ) {
			if r.allows(d) && !yield(d) {
				return
			}
		}
	}
}
