package standing

import (
	"context"
	"slices"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/online"
)

// Read are the types and the namespace of what all answers here are read from, for store.Watch.
var Read = []string{"Patient", "RelatedPerson", "PractitionerRole", "Practitioner", "Organization", online.Namespace}

// Standing reads who stands for whom. It is safe for concurrent use. Its errors are *fhir.Error.
type Standing struct {
	store   *store.Store
	session *store.Session
	now     func() time.Time
	posts   map[string]*post
	// read is what was taken from versions of resources. A version never changes; which is the current one is asked
	// every time.
	read     *lru.Cache[fhir.Key, tenure]
	patients *lru.Cache[fhir.Key, record] // of versions of Patients
	// over says of versions of Practitioners and Organizations that they aren't active.
	over     *lru.Cache[fhir.Key, bool]
	settings *online.Cache
}

// remembered is how many versions are kept in memory: some 100 bytes each.
const remembered = 10_000

// New reads a store. now is time.Now but in tests.
func New(st *store.Store, now func() time.Time) (*Standing, error) {
	read, err := lru.New[fhir.Key, tenure](remembered)
	if err != nil {
		return nil, fhir.Fault("making a cache", err)
	}
	patients, err := lru.New[fhir.Key, record](remembered)
	if err != nil {
		return nil, fhir.Fault("making a cache", err)
	}
	over, err := lru.New[fhir.Key, bool](remembered)
	if err != nil {
		return nil, fhir.Fault("making a cache", err)
	}
	s := &Standing{store: st, session: st.As(access.Everything("standing"), store.Unobserved), now: now,
		posts: map[string]*post{}, read: read, patients: patients, over: over}
	if s.settings, err = online.NewCache(st.Records()); err != nil {
		return nil, err
	}
	for _, row := range posts {
		if s.posts[row.typ], err = row.compiled(st.Registry()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Patients are the ids of the patients that a person is, or is a proxy for now. person is a reference, as
// "RelatedPerson/3". There are none for other types, and none who was deleted.
func (s *Standing) Patients(ctx context.Context, person string) ([]string, error) {
	typ, id, _ := strings.Cut(person, "/")
	switch typ {
	case "Patient":
		if here, err := s.counts(ctx, fhir.Key{Type: typ, ID: id}); err != nil || !here {
			return nil, err
		}
		return []string{id}, nil
	case "RelatedPerson":
		st, err := s.session.Read(ctx, fhir.Key{Type: typ, ID: id})
		if kind := fhir.KindOf(err); err != nil && (kind == fhir.NotFound || kind == fhir.Gone) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		return s.standing(ctx, nil, st)
	}
	return nil, nil
}

// Organizations are the ids of those where a person, a reference as "Practitioner/2", has a role now: of none, if the
// person or the organization is inactive or deleted.
func (s *Standing) Organizations(ctx context.Context, person string) (ids []string, err error) {
	typ, id, _ := strings.Cut(person, "/")
	if typ != "Practitioner" {
		return nil, nil
	}
	if here, err := s.InOffice(ctx, person); err != nil || !here {
		return nil, err
	}
	t, _ := s.store.Registry().Type("PractitionerRole")
	own := search.Or{}
	for _, b := range t.Params["practitioner"].Answers() {
		own = append(own, search.Test{Param: b.Param, Is: search.RefIs{Type: typ, ID: id}})
	}
	q := &search.Search{Query: search.Query{
		From: []search.From{{Type: t, Where: own}}, Sort: []search.Sort{{Param: spec.ID}}, Limit: 100}}
	for {
		page, err := s.session.Search(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			if ids, err = s.standing(ctx, ids, it.Stored); err != nil {
				return nil, err
			}
		}
		if q.After = page.Next; page.Next == nil {
			slices.Sort(ids)
			return slices.Compact(ids), nil
		}
	}
}

// standing adds to ids those that a version leads to, if it counts now.
func (s *Standing) standing(ctx context.Context, ids []string, st *fhir.Stored) ([]string, error) {
	held, err := s.tenure(st)
	if err != nil {
		return nil, err
	}
	if now := s.now().UnixMicro(); now < held.from || held.until <= now {
		return ids, nil
	}
	for _, id := range held.of {
		here, err := s.counts(ctx, fhir.Key{Type: s.posts[st.Key.Type].of, ID: id})
		if err != nil {
			return nil, err
		}
		if here {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// tenure is what a version of a post says.
func (s *Standing) tenure(st *fhir.Stored) (tenure, error) {
	if held, known := s.read.Get(st.Key); known {
		return held, nil
	}
	o := s.store.SearchOptions()
	held, err := s.posts[st.Key.Type].tenure(st, search.Indexer{Base: o.Base, Zone: o.Zone})
	if err == nil {
		s.read.Add(st.Key, held)
	}
	return held, err
}
