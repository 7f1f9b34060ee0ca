package main

import (
	"slices"
	"strings"
)

// constraint is an invariant of an element.
type constraint struct{ Key, Severity, Human, Expression string }

// inherited are the constraints of Element, Extension and DomainResource, which every element and resource repeats.
func inherited(key string) bool {
	return key == "ele-1" || key == "ext-1" || strings.HasPrefix(key, "dom-")
}

// constraints gives what R4 says of each constraint that must hold: the element's path, the key, the words for people,
// the FHIRPath.
func constraints(folder string) ([]string, error) {
	all, err := definitions(folder, "resource")
	if err != nil {
		return nil, err
	}
	datatypes, err := definitions(folder, "complex-type")
	var rows []string
	for _, d := range append(all, datatypes...) {
		for _, e := range d.Snapshot.Element {
			for _, c := range e.Constraint {
				if c.Severity == "error" && !inherited(c.Key) {
					rows = append(rows, row(e.Path, c.Key, oneLine(c.Human), oneLine(c.Expression)))
				}
			}
		}
	}
	slices.Sort(rows)
	return append([]string{row("# element", "key", "says", "expression")}, slices.Compact(rows)...), err
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
