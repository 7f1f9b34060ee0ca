package access

import (
	"math/rand/v2"
	"slices"
)

// part is how one resource comes into each of two worlds. late says that it comes behind the others.
type part struct {
	key  string
	in   [2][]step
	late [2]bool
}

// pair are two worlds that are the same for a holder.
type pair []part

// worlds makes two worlds that differ in what a holder may not see, and in nothing else.
func (s *suite) worlds(h *Holder, r *rand.Rand) (p pair) {
	for _, row := range s.rows {
		one := part{key: row.last().key()}
		for i := range one.in {
			if h.hidden(row) && !row.base {
				one.in[i], one.late[i] = s.fate(h, row, r), r.IntN(3) == 0
				continue
			}
			for _, v := range row.versions {
				one.in[i] = append(one.in[i], v.step(v.id, s.markerFor(h, v, r)))
			}
			for range r.IntN(3) { // what has gone where the holder can't see it goes on there
				if v := row.last(); !h.sees(v, "cruds") && !v.deletion {
					one.in[i] = append(one.in[i], v.step(v.id, s.markerFor(h, v, r)))
				}
			}
		}
		p = append(p, one)
	}
	return p
}

// fate is what becomes of a hidden resource in one world: it isn't there, is there in one or more versions, was
// deleted, or there are two.
func (s *suite) fate(h *Holder, row *row, r *rand.Rand) (steps []step) {
	v := row.versions[0]
	if h.saw(v, "cruds") { // and would be seen if it were current
		v = row.last()
	}
	put := func(id string) { steps = append(steps, v.step(id, s.markerFor(h, v, r))) }
	switch r.IntN(6) {
	case 0: // it isn't there
	case 1:
		put(v.id)
	case 2:
		put(v.id)
		put(v.id)
	case 3:
		put(v.id)
		steps = append(steps, step{typ: v.typ, id: v.id})
	case 4:
		put(v.id)
		put(v.second())
	case 5:
		for _, v := range row.versions {
			steps = append(steps, v.step(v.id, v.marker))
		}
	}
	return steps
}

// second is the id of another one like a version. Who has no role anywhere is in everybody's directory: of those there
// is no second.
func (v *version) second() string {
	if v.typ == "Practitioner" || v.typ == "Organization" {
		return v.id
	}
	return v.id + "-two"
}

// markerFor is a version's own marker if it is seen. Of what is hidden it may be that of something that is seen, so
// that whoever looks for that would come upon it.
func (s *suite) markerFor(h *Holder, v *version, r *rand.Rand) string {
	if h.sees(v, "cruds") || r.IntN(2) == 0 {
		return v.marker
	}
	return s.decoy(h, v.typ, r)
}

// decoy is the marker of something of a type that the holder sees; of anything, if it is nothing.
func (s *suite) decoy(h *Holder, typ string, r *rand.Rand) string {
	var seen []string
	for _, row := range s.rows {
		if v := row.last(); v.typ == typ && h.sees(v, "cruds") {
			seen = append(seen, v.marker)
		}
	}
	if seen == nil {
		return s.anyVersion(r).marker
	}
	return seen[r.IntN(len(seen))]
}

// anyVersion is one of those that aren't deletions.
func (s *suite) anyVersion(r *rand.Rand) *version {
	for {
		versions := s.rows[r.IntN(len(s.rows))].versions
		if v := versions[r.IntN(len(versions))]; !v.deletion {
			return v
		}
	}
}

// steps make one of the two worlds.
func (p pair) steps(world int) (all []step) {
	for _, late := range []bool{false, true} {
		for _, one := range p {
			if one.late[world] == late {
				all = append(all, one.in[world]...)
			}
		}
	}
	return all
}

// differ says that a resource isn't the same in both.
func (p part) differ() bool { return p.late != [2]bool{} || !slices.Equal(p.in[0], p.in[1]) }

// same is a part as it is in the first world.
func (p part) same() part { return part{key: p.key, in: [2][]step{p.in[0], p.in[0]}} }
