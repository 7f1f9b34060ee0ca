package codec

import (
	"bytes"
	"slices"

	"frontdesk/fhir"
)

// MergeRedacted is what somebody made of a resource as Without left it, with what was left out put back at its place:
// stored is the whole resource as it was, sent what became of the rest. What stood in something that is no longer there
// is gone with it, and what was sent in the place of a single element that was left out stands there now: so says the
// one who sent it, who knows of no other. Without leaves of the result what it leaves of what was sent; where that
// can't be, the result is what was sent.
func MergeRedacted(stored, sent []byte, gone func(pointer string) bool) ([]byte, error) {
	p := putter{redactor{gone: gone}}
	out := p.object(stored, sent, nil)
	if p.err != nil {
		return nil, fhir.Fault("putting references back", p.err)
	}
	want, err := Without(sent, gone)
	if err != nil {
		return nil, err
	}
	if got, err := Without(out, gone); err != nil || !bytes.Equal(got, want) {
		return sent, err
	}
	return out, nil
}

// putter merges what was stored with what became of what a leaver left of it.
type putter struct{ redactor }

// object is an object as it was sent, with what was left out of it.
func (p *putter) object(stored, sent []byte, of *plan) []byte {
	before, err := split(stored)
	if err != nil {
		p.err = err
	}
	now, err := split(sent)
	if err != nil {
		p.err = err
	}
	if of == nil {
		of = planOf(before)
	}
	if p.members(before, of); p.err != nil {
		return nil
	}
	for i := range now {
		now[i].kept = now[i].value
	}
	at := 0 // behind which member of now the next one stood
	for _, was := range before {
		i := slices.IndexFunc(now, func(g given) bool { return g.name == was.name })
		switch {
		case i >= 0:
			now[i].kept = p.value(was, now[i].value, of.members[was.name])
			at = i + 1
		default:
			if was.kept = p.left(was, of.members[was.name]); was.kept != nil {
				now = slices.Insert(now, at, was)
				at++
			}
		}
	}
	return joined(now)
}

// left is what was left out of a member that is no longer there, nil if nothing was.
func (p *putter) left(was given, m *member) []byte {
	switch {
	case was.kept == nil:
		return was.value
	case was.value[0] != '[' || bytes.Equal(was.kept, was.value):
		return nil
	}
	all, err := elements(was.value)
	if err != nil {
		p.err = err
	}
	out := slices.DeleteFunc(all, func(one []byte) bool { return p.redactor.value(one, m) != nil })
	if len(out) == 0 {
		return nil
	}
	return listed(out)
}

// value is what was sent in a member, with what was left out of what it was.
func (p *putter) value(was given, sent []byte, m *member) []byte {
	switch {
	case bytes.Equal(was.kept, was.value) || was.value[0] != sent[0]:
		return sent
	case sent[0] == '[':
		return p.array(was.value, sent, m)
	case sent[0] == '{' && was.kept != nil:
		return p.object(was.value, sent, within(m))
	}
	return sent
}

// array is an array as it was sent, with the elements that were left out, each behind the one that it stood behind.
func (p *putter) array(stored, sent []byte, m *member) []byte {
	before, err := elements(stored)
	if err != nil {
		p.err = err
	}
	now, err := elements(sent)
	if err != nil {
		p.err = err
	}
	kept := make([][]byte, len(before)) // what was left of each
	var left []int                      // of which something was
	for i, one := range before {
		if kept[i] = p.redactor.value(one, m); kept[i] != nil {
			left = append(left, i)
		}
	}
	places := make([]int, len(before)) // where each is in now; -1: nowhere
	for i := range places {
		places[i] = -1
	}
	pair(left, len(now), func(i, k int) bool { return bytes.Equal(kept[i], now[k]) }, func(i, k int) { places[i] = k })
	behind, last := make([][][]byte, len(now)+1), -1 // what stands behind each of now, the first before all
	merged := slices.Clone(now)
	for i, one := range before {
		switch {
		case kept[i] == nil:
			behind[last+1] = append(behind[last+1], one)
		case places[i] >= 0:
			last = places[i]
			merged[last] = p.value(given{value: one, kept: kept[i]}, now[last], m)
		}
	}
	out := behind[0]
	for k, one := range merged {
		out = append(append(out, one), behind[k+1]...)
	}
	return listed(out)
}

// pair finds which elements of an array became which of another: those that stayed the same, from both ends, and if
// there are as many between them, those in their order. Of others it isn't known.
func pair(left []int, now int, same func(i, k int) bool, found func(i, k int)) {
	from := 0
	for from < len(left) && from < now && same(left[from], from) {
		found(left[from], from)
		from++
	}
	to := 0
	for to < len(left)-from && to < now-from && same(left[len(left)-1-to], now-1-to) {
		found(left[len(left)-1-to], now-1-to)
		to++
	}
	if len(left) != now {
		return
	}
	for k := from; k < now-to; k++ {
		found(left[k], k)
	}
}
