package model

import (
	_ "embed"
	"strings"
)

// Constraint is an invariant of R4: FHIRPath that must not be false of a value.
type Constraint struct {
	Key  string // "obs-6"
	Says string // for people, with the key: "... (obs-6)."
	Text string // the FHIRPath
}

// constraintRows are R4's constraints that must hold, by fhir/spec/internal/distil: the element's path, the key, the
// words for people, the FHIRPath. google/fhir's annotations lack some of them, and all of their keys. Those of every
// element and resource (ele-1, dom-2 and so on) are not among them.
//
//go:embed constraints.tsv
var constraintRows string

// errata are constraints of R4 that say what can't be meant, by key, and what later versions say.
var errata = map[string]string{
	"que-7": "operator = 'exists' implies (answer is boolean)", // R4's Boolean is FHIRPath's own, which no element is
	"app-4": "cancelationReason.exists() implies (status = 'noshow' or status = 'cancelled')",
}

// constrain gives types and elements their constraints.
func (m *Model) constrain(elements map[string]*Element) {
	for line := range strings.Lines(constraintRows) {
		row := strings.Split(strings.TrimSpace(line), "\t")
		c := Constraint{Key: row[1], Says: strings.TrimSuffix(row[2], ".") + " (" + row[1] + ").", Text: row[3]}
		if text := errata[c.Key]; text != "" {
			c.Text = text
		}
		if t := m.types[row[0]]; t != nil {
			t.Constraints = append(t.Constraints, c)
		} else if e := elements[row[0]]; e != nil {
			e.Constraints = append(e.Constraints, c)
		}
	}
	m.types["SimpleQuantity"].Constraints = m.types["Quantity"].Constraints // a profile, which is a type of google/fhir's
}
