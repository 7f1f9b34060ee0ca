package pages

import (
	"strings"

	"frontdesk/handlers/pages/datatypes"
)

// Observation is what pages show of one.
type Observation struct {
	Code                      datatypes.Concept
	ValueQuantity             datatypes.Quantity
	ValueString               string
	ValueCodeableConcept      datatypes.Concept
	DataAbsentReason          datatypes.Concept
	EffectiveDateTime, Issued string
	Interpretation            []datatypes.Concept
	Note                      []struct{ Text string }
	ReferenceRange            []struct {
		Low, High datatypes.Quantity
		Text      string
	}
}

// Result is the value in words with its unit; "" if there is none, as of a panel.
func (o *Observation) Result() string {
	switch {
	case o.ValueQuantity.Value != "":
		return o.ValueQuantity.Words()
	case o.ValueString != "":
		return o.ValueString
	case o.ValueCodeableConcept.Words() != "":
		return o.ValueCodeableConcept.Words()
	}
	return o.DataAbsentReason.Words()
}

// Range is between what values are usual, in words; "" if that isn't said.
func (o *Observation) Range() string {
	var all []string
	for _, r := range o.ReferenceRange {
		low, high := r.Low.Words(), r.High.Words()
		switch {
		case r.Text != "":
			all = append(all, r.Text)
		case low != "" && high != "":
			all = append(all, r.Low.Value.String()+" – "+high)
		case low != "":
			all = append(all, "≥ "+low)
		case high != "":
			all = append(all, "≤ "+high)
		}
	}
	return strings.Join(all, "; ")
}

// Normal says that the laboratory found it to be so, and nothing else of it
// (http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation).
func (o *Observation) Normal() bool {
	for _, i := range o.Interpretation {
		if !i.Has("N") {
			return false
		}
	}
	return len(o.Interpretation) > 0
}
