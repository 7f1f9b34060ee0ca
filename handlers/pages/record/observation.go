package record

import (
	"math"
	"strings"
	"time"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// observation is what pages show of a result or a measurement.
type observation struct {
	Status                    string
	Code                      datatypes.Concept
	EffectiveDateTime, Issued string
	EffectiveInstant          string
	EffectivePeriod           datatypes.Period
	ValueQuantity             datatypes.Quantity
	ValueString               string
	ValueCodeableConcept      datatypes.Concept
	ValueInteger              *int
	DataAbsentReason          datatypes.Concept
	Interpretation            []datatypes.Concept
	ReferenceRange            []reference
	Note                      []struct{ Text string }
	Component                 []component
}

// component is a part of an observation, as one of the two numbers of a blood pressure.
type component struct {
	Code          datatypes.Concept
	ValueQuantity datatypes.Quantity
}

// reference is a range in which most people's results lie.
type reference struct {
	Low, High datatypes.Quantity
	Text      string
}

// when is when it was observed, as FHIR writes it.
func (o *observation) when() string {
	for _, at := range []string{o.EffectiveDateTime, o.EffectiveInstant, o.EffectivePeriod.Start, o.Issued} {
		if at != "" {
			return at
		}
	}
	return ""
}

// value is what was found, in words.
func (o *observation) value() string {
	var parts []string
	for _, c := range o.Component {
		if words := c.ValueQuantity.Words(); words != "" {
			parts = append(parts, c.Code.Words()+" "+words)
		}
	}
	for _, said := range []string{o.ValueQuantity.Words(), o.ValueString, o.ValueCodeableConcept.Words(),
		strings.Join(parts, ", "), o.DataAbsentReason.Words()} {
		if said != "" {
			return said
		}
	}
	return ""
}

// usual is the reference range in words, "" if there is none.
func (o *observation) usual(v *pages.Visit) string {
	if len(o.ReferenceRange) == 0 {
		return ""
	}
	r := o.ReferenceRange[0]
	switch low, high := r.Low.Value.String(), r.High.Words(); {
	case r.Text != "":
		return r.Text
	case low != "" && high != "":
		return v.T("record.range", low, high)
	case high != "":
		return v.T("record.range.most", high)
	case low != "":
		return v.T("record.range.least", r.Low.Words())
	}
	return ""
}

// findings are the interpretations that people are told of (v3-ObservationInterpretation).
var findings = states{
	"N": {Text: "record.finding.normal", Kind: "good"}, "H": {Text: "record.finding.high", Kind: "wait"},
	"L": {Text: "record.finding.low", Kind: "wait"}, "HH": {Text: "record.finding.veryhigh", Kind: "bad"},
	"LL": {Text: "record.finding.verylow", Kind: "bad"}, "A": {Text: "record.finding.abnormal", Kind: "wait"},
	"AA": {Text: "record.finding.abnormal", Kind: "bad"}, "POS": {Text: "record.finding.positive"},
	"NEG": {Text: "record.finding.negative"},
}

// finding is how it was judged by who reported it.
func (o *observation) finding(v *pages.Visit) pages.Tag {
	for _, said := range o.Interpretation {
		for _, coding := range said.Coding {
			if tag := findings.tag(v, coding.Code); tag.Text != "" {
				return tag
			}
		}
		if words := said.Words(); words != "" {
			return pages.Tag{Text: words}
		}
	}
	return pages.Tag{}
}

// notes are the comments, each a text.
func (o *observation) notes() (all []string) {
	for _, n := range o.Note {
		if n.Text != "" {
			all = append(all, n.Text)
		}
	}
	return all
}

// points are its numbers by what they are of; none if it has no number.
func (o *observation) points(text string) map[string]pages.Point {
	at, err := time.Parse(time.RFC3339, o.when())
	if err != nil {
		if at, err = time.Parse(time.DateOnly, o.when()); err != nil {
			return nil
		}
	}
	p := pages.Point{At: at, Low: math.NaN(), High: math.NaN(), Text: text}
	if len(o.ReferenceRange) > 0 {
		if low, ok := o.ReferenceRange[0].Low.Number(); ok {
			p.Low = low
		}
		if high, ok := o.ReferenceRange[0].High.Number(); ok {
			p.High = high
		}
	}
	points := map[string]pages.Point{}
	if value, ok := o.ValueQuantity.Number(); ok {
		p.Value = value
		points[""] = p
	}
	for _, c := range o.Component {
		if value, ok := c.ValueQuantity.Number(); ok {
			p.Value, p.Low, p.High = value, math.NaN(), math.NaN()
			points[c.Code.Words()] = p
		}
	}
	return points
}
