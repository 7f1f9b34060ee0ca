package expr

import (
	"time"

	"frontdesk/fhir"
)

// Mark is one thing that the practice says of a resource.
type Mark uint8

// The marks.
const (
	Hidden    Mark = iota // a clinician hid it from online view
	HeldBack              // it isn't released to the patient yet
	Suspended             // online access of this person, or at this practice, is switched off
)

// Marks are all there are.
var Marks = []Mark{Hidden, HeldBack, Suspended}

// Code is the mark as a code.
func (m Mark) Code() string { return [...]string{"hidden", "held-back", "suspended"}[m] }

// On says whether facts have the mark at a moment.
func (m Mark) On(f fhir.Facts, now time.Time) bool {
	switch m {
	case Hidden:
		return f.Hidden
	case HeldBack:
		return f.Release.After(now)
	case Suspended:
		return f.Suspended
	}
	return false
}
