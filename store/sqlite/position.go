package sqlite

import (
	"encoding/binary"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// hit is where a resource stands in the order: its sort keys (int64, string, or nil if it has no value), then seq.
type hit struct {
	seq    int64
	keys   []any
	stored *fhir.Stored // the resource, if it has been read
}

// The kinds of keys in a Position.
const (
	keyNil = iota
	keyInt
	_ // of older versions: a floating-point number
	keyText
)

// positionForm is the first byte of a Position, so that another form can be told.
const positionForm = 1

// position encodes where a page ended.
func position(h hit) search.Position {
	out := []byte{positionForm}
	out = binary.AppendVarint(out, h.seq)
	for _, k := range h.keys {
		switch k := k.(type) {
		case int64:
			out = binary.AppendVarint(append(out, keyInt), k)
		case string:
			out = appendText(append(out, keyText), k)
		default:
			out = append(out, keyNil)
		}
	}
	return out
}

// decode reads a Position that must have keys of the given kinds.
func decode(p search.Position, kinds []byte) (h hit, err error) {
	r := reader{in: p}
	if form := r.take(1); r.bad || form[0] != positionForm {
		return h, badCursor()
	}
	h.seq = r.varint()
	for _, kind := range kinds {
		got := r.take(1)
		if r.bad || got[0] != kind && got[0] != keyNil {
			return h, badCursor()
		}
		switch got[0] {
		case keyInt:
			h.keys = append(h.keys, r.varint())
		case keyText:
			h.keys = append(h.keys, r.text())
		default:
			h.keys = append(h.keys, nil)
		}
	}
	if r.bad || len(r.in) > 0 || h.seq <= 0 {
		return h, badCursor()
	}
	return h, nil
}

func badCursor() *fhir.Error {
	return fhir.Errorf(fhir.Invalid, "_cursor", "This page link isn't one of ours, or belongs to another search. Start again from the first page.")
}
