package codec

import (
	"bytes"
	"iter"

	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/fhir"
)

// The members by which a stored resource points at another: Reference.reference, and Attachment.url for a Binary. As bytes they are found
// only where they are names: within a string the quotes would be escaped.
var pointers = [][]byte{[]byte(`"reference":"`), []byte(`"url":"`)}

// Pointers are what a stored resource may point at others by, as it stands there: literal references, and urls of which most are
// something else. The resource isn't decoded.
func Pointers(stored []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range pointers {
			for rest := stored; ; {
				i := bytes.Index(rest, name)
				if i < 0 {
					break
				}
				rest = rest[i+len(name)-1:]
				text, n := quoted(rest)
				if rest = rest[n:]; n == 0 || !yield(text) {
					return
				}
			}
		}
	}
}

// quoted is the JSON string that a text begins with, and its length there; 0 if it isn't one.
func quoted(text []byte) (string, int) {
	for end := 1; end < len(text); end++ {
		switch text[end] {
		case '\\':
			end++
		case '"':
			if plain := text[1:end]; bytes.IndexByte(plain, '\\') < 0 {
				return string(plain), end + 1
			}
			out, err := jsontext.AppendUnquote(nil, text[:end+1])
			if err != nil {
				return "", 0
			}
			return string(out), end + 1
		}
	}
	return "", 0
}

// Without is a stored resource without the references and attachments for which gone is true of what they point by. What can't be without them
// goes too: an entry of a List without an item, an empty array. Of the resource itself nothing is required any more. All other bytes stay as they are (I3).
func Without(stored []byte, gone func(pointer string) bool) ([]byte, error) {
	l := leaver{gone: gone}
	out := l.object(stored, nil)
	if l.err != nil || out == nil {
		return nil, fhir.Fault("leaving references out", l.err)
	}
	return out, nil
}

// leaver copies JSON. Its methods give nil for what is left out.
type leaver struct {
	gone func(string) bool
	err  error
}

// points are the data types that point at something, and by which member.
var points = map[string]string{"Reference": "reference", "Attachment": "url"}

// object copies an object. p is nil for a resource, which says itself what it is.
func (l *leaver) object(raw []byte, p *plan) []byte {
	members, err := split(raw)
	if err != nil {
		l.err = err
		return nil
	}
	whole := p == nil
	if whole {
		p = planOf(members)
	}
	out, kept := []byte{'{'}, 0
	for _, given := range members {
		m := p.members[given.name]
		if given.name == points[p.name] && given.name != "" && len(given.value) > 1 {
			if text, n := quoted(given.value); n > 0 && l.gone(text) {
				return nil
			}
		}
		value := l.value(given.value, m)
		if value == nil {
			if !whole && (p.name == "Extension" || m != nil && p.required&(1<<m.element.index) != 0) {
				return nil
			}
			continue
		}
		if kept++; kept > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, given.raw...), ':'), value...)
	}
	if kept == 0 && len(members) > 0 {
		return nil
	}
	return append(out, '}')
}

// value copies what a member holds.
func (l *leaver) value(raw []byte, m *member) []byte {
	switch raw[0] {
	case '{':
		var p *plan
		if m != nil && m.typ.kind == kindComplex {
			p = m.typ.plan
		}
		return l.object(raw, p)
	case '[':
		return l.array(raw, m)
	}
	return raw
}

func (l *leaver) array(raw []byte, m *member) []byte {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	out, kept, had := []byte{'['}, 0, 0
	if _, l.err = d.ReadToken(); l.err != nil {
		return nil
	}
	for d.PeekKind() != ']' {
		one, err := d.ReadValue()
		if err != nil {
			l.err = err
			return nil
		}
		had++
		value := l.value(bytes.Clone(one), m)
		if value == nil {
			continue
		}
		if kept++; kept > 1 {
			out = append(out, ',')
		}
		out = append(out, value...)
	}
	if kept == 0 && had > 0 {
		return nil
	}
	return append(out, ']')
}

// given is a member of an object as it stands there.
type given struct {
	name       string
	raw, value []byte
}

// split are the members of an object, in their order.
func split(raw []byte) (all []given, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		one := given{raw: bytes.Clone(name)}
		one.name, _ = quoted(one.raw)
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		one.value = bytes.Clone(value)
		all = append(all, one)
	}
	return all, nil
}

// planOf is the plan of a resource; one without elements for what isn't known.
func planOf(members []given) *plan {
	for _, m := range members {
		if m.name == "resourceType" {
			name, _ := quoted(m.value)
			if r := r4().resources[name]; r != nil {
				return r.typ.plan
			}
		}
	}
	return &plan{}
}
