package search

import (
	"maps"
	"slices"
	"strings"

	"frontdesk/fhir/spec"
)

// Modifiers are those that parameters of a kind have, :missing among them, for the server's statement of what it can do. A
// reference has also the names of the types it may point to. Special parameters have none.
func Modifiers(k spec.Kind) []string {
	if k == spec.Special {
		return nil
	}
	return append([]string{"missing"}, kinds[k].modifiers...)
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
