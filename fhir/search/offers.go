package search

import (
	"maps"
	"slices"
	"strings"

	"frontdesk/fhir/spec"
)

// Modifiers are those that a parameter has, :missing first, as Parse takes them and the server states them. A reference
// has also the names of the types it may point to. Special parameters have none.
func Modifiers(p *spec.Param) []string {
	switch {
	case p.Kind == spec.Special:
		return nil
	case p == spec.ID:
		return []string{"missing", "not"}
	}
	offered := []string{"missing"}
	for _, m := range kinds[p.Kind].modifiers {
		// R4 search 3.1.1.4.4 has :of-type only for identifiers. The index that answers for a reference to one type
		// doesn't tell of which type a text is.
		if m == "of-type" && !p.Identifies() || m == "text" && p.Answers()[0].Target != "" {
			continue
		}
		offered = append(offered, m)
	}
	return offered
}

// Prefixes are those that values of a kind may begin with (R4 search 3.1.1.4.5); nil for a kind that has none.
func Prefixes(k spec.Kind) []string {
	if k == spec.Number || k == spec.Date || k == spec.Quantity {
		return slices.Sorted(maps.Keys(ops))
	}
	return nil
}

// Operators are those of _filter that values of a kind can be compared by, besides pr; nil for a kind that has none.
func Operators(k spec.Kind) []string { return strings.Fields(filterOps[k]) }
