package store

// Building is something that a store is still at work on: an index of the database, or that of a type's search
// parameters.
type Building struct {
	What        string
	Done, Total int64 // both 0 if it isn't known
	Blocks      bool  // searches are refused until it is there; else only the parameters that are new aren't offered
}

// Preparer is the part of a Backend that may have to make something before it can answer everything.
type Preparer interface {
	// Building is what it is at work on, in order.
	Building() []Building
}

// Building is what is still being built.
func (s *Store) Building() (out []Building) {
	out = s.backend.Building()
	r := s.Registry()
	for _, name := range r.Names() {
		t, _ := r.Type(name)
		for _, p := range t.Params {
			if !p.Indexed() {
				continue
			}
			if i := s.backend.Index(p); !i.Ready {
				out = append(out, Building{What: "search parameters of " + name, Done: i.Done, Total: i.Total})
				break
			}
		}
	}
	return out
}
