package main

import (
	"slices"
	"strings"
)

// binding is an element's to a value set.
type binding struct{ Strength, ValueSet string }

// valueSets begins the canonical URL of every ValueSet of R4's own; others have something else.
const valueSets = "http://hl7.org/fhir/ValueSet/"

// bindings gives the value set of each element that is bound to one: the element's path, the strength, the value set.
func bindings(folder string) ([]string, error) {
	var rows []string
	err := bound(folder, func(e element) {
		set, _, _ := strings.Cut(e.Binding.ValueSet, "|")
		rows = append(rows, row(e.Path, e.Binding.Strength, strings.TrimPrefix(set, valueSets)))
	})
	slices.Sort(rows)
	return append([]string{row("# element", "strength", "value set")}, slices.Compact(rows)...), err
}

// bound visits the elements that are bound to a value set.
func bound(folder string, visit func(element)) error {
	for _, kind := range []string{"resource", "complex-type"} {
		all, err := definitions(folder, kind)
		if err != nil {
			return err
		}
		for _, d := range all {
			for _, e := range d.Snapshot.Element {
				if e.Binding != nil && e.Binding.ValueSet != "" {
					visit(e)
				}
			}
		}
	}
	return nil
}

// codeSystem is what is taken of a CodeSystem.
type codeSystem struct {
	URL, Content string
	Concept      []concept
}

type concept struct {
	Code    string
	Concept []concept
}

// codes are those of a concept and of all below it.
func (c concept) codes() []string {
	out := []string{c.Code}
	for _, below := range c.Concept {
		out = append(out, below.codes()...)
	}
	return out
}

// valueSet is what is taken of a ValueSet: of whole code systems, or of lists of codes.
type valueSet struct {
	URL     string
	Compose struct {
		Include []struct {
			System   string
			Concept  []struct{ Code string }
			Filter   []any
			ValueSet []string
		}
		Exclude []any
	}
}

// codes gives the codes of the value sets that a Coding or CodeableConcept must have a code of: the value set, the
// code system, the codes. Those of UCUM and LOINC, which can't be listed, are left out; codes of the type code
// google/fhir has.
func codes(folder string) ([]string, error) {
	systems, err := read[codeSystem](folder, "CodeSystem")
	if err != nil {
		return nil, err
	}
	sets, err := read[valueSet](folder, "ValueSet")
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	err = bound(folder, func(e element) {
		if e.Binding.Strength == "required" && slices.ContainsFunc(e.Type, func(t elementType) bool { return t.Code != "code" }) {
			set, _, _ := strings.Cut(e.Binding.ValueSet, "|")
			wanted[set] = true
		}
	})
	var rows []string
	for _, v := range sets {
		if wanted[v.URL] && len(v.Compose.Exclude) == 0 {
			rows = append(rows, v.rows(systems)...)
		}
	}
	slices.Sort(rows)
	return append([]string{row("# value set", "code system", "codes")}, rows...), err
}

// rows are a value set's, one for each code system; none if one of its codes can't be listed.
func (v valueSet) rows(systems []codeSystem) (rows []string) {
	for _, i := range v.Compose.Include {
		var all []string
		for _, c := range i.Concept {
			all = append(all, c.Code)
		}
		s := slices.IndexFunc(systems, func(s codeSystem) bool { return s.URL == i.System && s.Content == "complete" })
		switch {
		case len(i.Filter)+len(i.ValueSet) > 0, len(all) == 0 && s < 0:
			return nil
		case len(all) == 0:
			for _, c := range systems[s].Concept {
				all = append(all, c.codes()...)
			}
		}
		rows = append(rows, row(strings.TrimPrefix(v.URL, valueSets), i.System, strings.Join(all, " ")))
	}
	return rows
}
