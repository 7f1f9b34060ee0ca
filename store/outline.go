package store

import (
	"bytes"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// outline is what redact needs to know of a version, whoever asks: a version never changes, so it's made once.
type outline struct {
	points []point
	plain  []byte // the JSON without narrative, or as it is
}

// point is where a version points at an entry of somebody's record.
type point struct {
	pointer string
	at      fhir.Key
}

// outlined is how many outlines are kept in memory, and outlineMax the longest JSON of one, in bytes.
const (
	outlined   = 8192
	outlineMax = 16 << 10
)

// outline is that of a version.
func (s *Store) outline(st *fhir.Stored) (outline, error) {
	t, _ := s.Registry().Type(st.Key.Type)
	key := versionOf{st.Key, t}
	if o, known := s.outlines.Get(key); known {
		return o, nil
	}
	o := outline{plain: st.JSON}
	for pointer := range codec.Pointers(st.JSON) {
		if at, ok := s.entry(pointer); ok {
			o.points = append(o.points, point{pointer, at})
		}
	}
	if codec.Narrated(st.JSON) && ofSomebody(t) {
		var err error
		if o.plain, err = codec.Without(st.JSON, nil); err != nil {
			return o, err
		}
		if bytes.Equal(o.plain, st.JSON) { // it only looked narrated
			o.plain = st.JSON
		}
	}
	if len(st.JSON) <= outlineMax {
		s.outlines.Add(key, o)
	}
	return o, nil
}

// entry is what a pointer points at, if that is here and of a type that can be hidden: an entry of a record.
func (s *Store) entry(pointer string) (fhir.Key, bool) {
	key, ok := search.Local(pointer, s.options.Base)
	if !ok {
		return key, false
	}
	t, known := s.Registry().Type(key.Type)
	return key, known && hides(t)
}

// hides says that resources of a type can be hidden: they are entries of a record.
func hides(t *spec.Type) bool {
	return t.Access != nil && (t.Access.Reach == spec.Within || t.Access.Reach == spec.Context)
}

// ofSomebody says that resources of a type are somebody's record, or entries of it.
func ofSomebody(t *spec.Type) bool {
	return t != nil && (hides(t) || t.Access != nil && t.Access.Reach == spec.Own)
}
