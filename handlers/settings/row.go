package settings

import (
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/handlers/capability"
)

// row is one thing that is decided, in settings of type T.
type row[T any] struct {
	capability.Parameter
	get   func(*T) []parameter
	set   func(*T, []parameter) error // all that were given by the name, one or more; nil: it is told only
	clear func(to, from *T)           // takes it from other settings
}

// field is a row for one field of T.
func field[T, F any](p capability.Parameter, at func(*T) *F, get func(F) []parameter, set func(*F, []parameter) error) row[T] {
	return row[T]{p,
		func(t *T) []parameter { return get(*at(t)) },
		func(t *T, ps []parameter) error { return set(at(t), ps) },
		func(to, from *T) { *at(to) = *at(from) },
	}
}

// clearing is the parameter that takes decisions back.
const clearing = "clear"

// table is what is decided in settings of type T.
type table[T any] struct {
	rows  []row[T]
	blank func() T // settings in which nothing is decided
}

// definition is what an operation with these settings takes and gives.
func (t table[T]) definition() []capability.Parameter {
	in := make([]capability.Parameter, 0, 2*len(t.rows)+1)
	for _, r := range t.rows {
		if r.set != nil {
			in = append(in, r.Parameter)
		}
	}
	in = append(in, capability.Parameter{Name: clearing, Max: "*", Type: "code",
		Documentation: "A parameter whose decision is taken back: it is as if nobody had decided. It is done before the others are set."})
	for _, r := range t.rows {
		if r.Name == "preset" {
			continue
		}
		r.Out = true
		in = append(in, r.Parameter)
	}
	return in
}

// write is settings as a Parameters resource.
func (t table[T]) write(settings *T) ([]byte, error) {
	var ps []parameter
	for _, r := range t.rows {
		ps = append(ps, r.get(settings)...)
	}
	return resource(ps)
}

// change makes those changes to settings that a Parameters resource names, and leaves the rest.
func (t table[T]) change(settings *T, body *fhir.Resource) error {
	given, err := parameters(body)
	if err != nil {
		return err
	}
	if len(given) == 0 {
		return fhir.Errorf(fhir.Invalid, "Parameters.parameter", "Nothing is to be changed. Name what is, as one of: %s.", t.names())
	}
	blank := t.blank()
	byName := map[string][]parameter{}
	for _, p := range given {
		if p.name != clearing {
			byName[p.name] = append(byName[p.name], p)
			continue
		}
		name, err := p.text("Code", "String")
		if err != nil {
			return err
		}
		r := t.row(name)
		if r == nil {
			return p.wrong("What can be cleared is " + t.names() + ".")
		}
		r.clear(settings, &blank)
	}
	for name, ps := range byName {
		if t.row(name) == nil {
			return ps[0].wrong("There is no such parameter. Those there are: " + t.names() + ", " + clearing + ".")
		}
	}
	for _, r := range t.rows { // in this order: what a preset sets, others change
		ps := byName[r.Name]
		switch {
		case ps == nil:
			continue
		case len(ps) > 1 && r.Max == "1":
			return ps[0].wrong("It is given more than once. Give it once.")
		}
		if err := r.set(settings, ps); err != nil {
			return err
		}
	}
	return nil
}

func (t table[T]) row(name string) *row[T] {
	i := slices.IndexFunc(t.rows, func(r row[T]) bool { return r.Name == name && r.set != nil })
	if i < 0 {
		return nil
	}
	return &t.rows[i]
}

func (t table[T]) names() string {
	var names []string
	for _, r := range t.rows {
		if r.set != nil {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, ", ")
}
