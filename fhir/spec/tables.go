package spec

import (
	"fmt"
	"strings"

	"frontdesk/fhir"
)

// compartments fills Type.Compartments.
func (r *Registry) compartments() error {
	rows, err := table("compartments.tsv", 3)
	if err != nil {
		return err
	}
	for _, row := range rows {
		t := r.types[row[1]]
		if t.Compartments == nil {
			t.Compartments = map[string][]*Param{}
		}
		for code := range strings.FieldsSeq(row[2]) {
			p := t.Params[code]
			if code == "{def}" && row[0] == row[1] {
				t.Compartments[row[0]] = append(t.Compartments[row[0]], ID)
				continue
			}
			if p == nil || p.Kind != Reference || p.Unsupported != "" {
				return fhir.Fault("compartments.tsv", fmt.Errorf("%s has no reference parameter %q", t.Name, code))
			}
			t.Compartments[row[0]] = append(t.Compartments[row[0]], p)
		}
	}
	return nil
}

// Compartment are the types that may be in a compartment ("Patient"), by name; nil if R4 defines no such compartment. A
// Patient is in its own, whatever its parameters.
func (r *Registry) Compartment(name string) []*Type {
	var in []*Type
	for _, n := range r.names {
		if t := r.types[n]; t.Compartments[name] != nil {
			in = append(in, t)
		}
	}
	return in
}

// summaries fills Type.Summary. Data types that are kept in part share one tree.
func (r *Registry) summaries() error {
	rows, err := table("summary.tsv", 2)
	if err != nil {
		return err
	}
	trees := map[string]*Elements{}
	for _, row := range rows {
		trees[row[0]] = &Elements{Of: map[string]*Elements{}}
	}
	for _, row := range rows {
		for keep := range strings.FieldsSeq(row[1]) {
			name, tree, partial := strings.Cut(keep, ":")
			if partial && trees[tree] == nil {
				return fhir.Fault("summary.tsv", fmt.Errorf("%s refers to a row that isn't there: %s", row[0], tree))
			}
			trees[row[0]].Of[name] = trees[tree]
		}
	}
	for name, t := range r.types {
		if t.Summary = trees[name]; t.Summary == nil {
			return fhir.Fault("summary.tsv", fmt.Errorf("no row for %s", name))
		}
	}
	return nil
}

// check refuses tables that say what can't be.
func (r *Registry) check() error {
	for _, name := range r.names {
		t := r.types[name]
		if t.date != "" && (t.Date == nil || t.Date.Kind != Date || !t.Date.Indexed() || t.Date.program.many()) {
			return fhir.Fault("practice.tsv", fmt.Errorf("%s.%s is not a date parameter with an index of its own and one value at most", name, t.date))
		}
		for _, code := range t.Codes {
			if p := t.Params[code]; p.Hot && (p.Kind != Token || !p.Indexed()) {
				return fhir.Fault("practice.tsv", fmt.Errorf("%s is hot, but not a token parameter with an index of its own", p.Name()))
			}
		}
	}
	rows, err := table("practice.tsv", 3)
	if err != nil {
		return err
	}
	for _, row := range rows {
		for code := range strings.FieldsSeq(row[2]) {
			if r.types[row[0]].Params[code] == nil {
				return fhir.Fault("practice.tsv", fmt.Errorf("%s has no parameter %q", row[0], code))
			}
		}
	}
	return nil
}
