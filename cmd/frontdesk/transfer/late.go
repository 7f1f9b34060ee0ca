package transfer

import (
	"cmp"
	"maps"
	"slices"

	"frontdesk/fhir"
)

// lateFault is why something couldn't be written, and what of it may come right when the rest is there: Synthea's
// patients refer by criteria to practitioners whose file may come after theirs, and --references enforce asks for what
// a later line brings.
type lateFault struct {
	piece  string // its key
	source *Source
	line   int
	err    error
}

// later notes a fault for another pass, if there can be one.
func (r *run) later(key string, f lateFault) bool {
	if f.source.stream || fhir.KindOf(f.err) != fhir.Unprocessable {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late[key] = f
	return true
}

// pieces are those that this pass is about; nil is all.
func (r *run) pieces() map[string]bool {
	if r.retry == nil {
		return nil
	}
	out := map[string]bool{}
	for _, f := range r.retry {
		out[f.piece] = true
	}
	return out
}

// reportLate reports what came right in no pass, in the order of the sources.
func (r *run) reportLate(sources []Source) {
	place := map[*Source]int{}
	for i := range sources {
		place[&sources[i]] = i
	}
	for _, f := range slices.SortedFunc(maps.Values(r.late), func(a, b lateFault) int {
		return cmp.Or(cmp.Compare(place[a.source], place[b.source]), cmp.Compare(a.line, b.line))
	}) {
		r.fault(f.source, f.line, f.err)
	}
}
