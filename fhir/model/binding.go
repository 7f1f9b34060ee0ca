package model

import (
	_ "embed"
	"slices"
	"strings"
)

// Binding is an element's to a value set (R4 terminologies 4.1.5).
type Binding struct {
	Strength string // required, extensible, preferred or example
	ValueSet string // its canonical URL, without the version
	// Lists are the codes of the value set by their code systems, of a required binding of Codings and
	// CodeableConcepts whose codes can be listed; else nil. The codes of a required binding of a code are in its
	// Type.
	Lists []CodeList
}

// CodeList is what a value set has of a code system.
type CodeList struct {
	System string
	Codes  []string
}

// Has says whether a code is in the value set, of which Lists tell.
func (b *Binding) Has(system, code string) bool {
	return slices.ContainsFunc(b.Lists, func(l CodeList) bool { return l.System == system && slices.Contains(l.Codes, code) })
}

// The bindings of R4's elements, and the codes of those value sets that a Coding or CodeableConcept must have a code
// of, both by fhir/spec/internal/distil.
var (
	//go:embed bindings.tsv
	bindingRows string
	//go:embed codes.tsv
	codeRows string
)

// valueSets begins the canonical URLs that the tables shorten.
const valueSets = "http://hl7.org/fhir/ValueSet/"

func canonical(set string) string {
	if strings.Contains(set, ":") {
		return set
	}
	return valueSets + set
}

// bind gives elements their bindings.
func (m *Model) bind(elements map[string]*Element) {
	lists := map[string][]CodeList{}
	for line := range strings.Lines(codeRows) {
		row := strings.Split(strings.TrimSpace(line), "\t")
		lists[canonical(row[0])] = append(lists[canonical(row[0])], CodeList{row[1], strings.Fields(row[2])})
	}
	for line := range strings.Lines(bindingRows) {
		row := strings.Split(strings.TrimSpace(line), "\t")
		if e := elements[row[0]]; e != nil {
			e.Binding = &Binding{Strength: row[1], ValueSet: canonical(row[2])}
			if e.Binding.Strength == "required" {
				e.Binding.Lists = lists[e.Binding.ValueSet]
			}
		}
	}
}
