package feed

import (
	"context"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/store"
)

// State is what was there at a Moment. Make it with At as soon as the Moment is known, or at any time later, and read
// each type from its first id to its last; the types in any order. It keeps in memory what has changed since the
// Moment and hasn't been read yet, some 100 bytes a resource. It is for one goroutine.
type State struct {
	store *store.Store
	known store.Position // up to where the feed has been read
	// was is by type and id the version at the Moment of what has changed since; 0 if there was none.
	was  map[string]map[string]int64
	done map[string]string // by type: the id up to which all is read
}

// At is the State at a place in the feed.
func At(st *store.Store, p store.Position) *State {
	return &State{store: st, known: p, was: map[string]map[string]int64{}, done: map[string]string{}}
}

// Skip says that the resources of a type up to an id have been read, as when the reading goes on after a restart.
func (s *State) Skip(typ, upto string) {
	s.done[typ] = upto
	for id := range s.was[typ] {
		if id <= upto {
			delete(s.was[typ], id)
		}
	}
}

// Page makes of a page of a type's current resources, ordered by id and with ids behind those of the page before, what
// was there at the Moment. last says that no page follows. What has changed since comes in the version that it had, by
// read; what was made since is left out; what was deleted since is there. So read must give versions that aren't
// current (fhir.NotFound or fhir.Gone leave one out), and if the page is what a search found, tell of each whether the
// search finds that. Facts are those of now: what is hidden since stays hidden.
//
// The page must have been read before Page is called, and after the Moment.
func (s *State) Page(ctx context.Context, typ string, page []*fhir.Stored, last bool,
	read func(ctx context.Context, version fhir.Key) (*fhir.Stored, error)) ([]*fhir.Stored, error) {
	if err := s.catchUp(ctx); err != nil {
		return nil, err
	}
	was, done := s.was[typ], s.done[typ]
	out := slices.DeleteFunc(slices.Clone(page), func(st *fhir.Stored) bool {
		_, changed := was[st.Key.ID]
		return changed || st.Deleted() || st.Key.ID <= done // the last one of a page may come again when it has changed
	})
	upto := ""
	if len(page) > 0 {
		upto = page[len(page)-1].Key.ID
	}
	for id, version := range was {
		if version == 0 || !last && id > upto {
			continue
		}
		st, err := read(ctx, fhir.Key{Type: typ, ID: id, Version: version})
		switch kind := fhir.KindOf(err); {
		case err == nil && !st.Deleted():
			out = append(out, st)
		case err != nil && kind != fhir.NotFound && kind != fhir.Gone:
			return nil, err
		}
	}
	if last {
		upto = behindAll
	}
	if upto != "" {
		s.Skip(typ, upto)
	}
	slices.SortFunc(out, func(a, b *fhir.Stored) int { return strings.Compare(a.Key.ID, b.Key.ID) })
	return out, nil
}

// behindAll is greater than every id.
const behindAll = "\xff"

// step is how many changes are read at once.
const step = 1000

// catchUp reads the feed up to now. What is committed meanwhile needn't be known.
func (s *State) catchUp(ctx context.Context) error {
	for {
		changes, err := s.store.Changes(ctx, s.known, step, 0)
		if err != nil || len(changes) == 0 {
			return err
		}
		for i := range changes {
			s.note(&changes[i])
		}
		s.known = changes[len(changes)-1].Position
		if len(changes) < step {
			return nil
		}
	}
}

// note remembers the version before the first change of what isn't read yet.
func (s *State) note(c *store.Committed) {
	if c.Marks() || c.Key.ID <= s.done[c.Key.Type] {
		return
	}
	was := s.was[c.Key.Type]
	if was == nil {
		was = map[string]int64{}
		s.was[c.Key.Type] = was
	}
	if _, known := was[c.Key.ID]; !known {
		was[c.Key.ID] = c.Key.Version - 1
	}
}
