package data

import (
	"strconv"
	"time"
)

// Slot is a generated Slot. ID is set by who has stored it.
type Slot struct {
	ID         string
	Start, End time.Time
}

// Schedule returns a transaction Bundle with a Schedule.
func (s *Source) Schedule() []byte {
	return s.bundle("Schedule", 1, func(buf []byte, _ int) []byte {
		buf = append(buf, `{"resourceType":"Schedule","active":true,"actor":[{"display":"Dr `...)
		return append(append(buf, s.Identifier()...), `"}]}`...)
	})
}

// Slots returns a transaction Bundle of BundleSize free Slots of a Schedule,
// one after the other from a time on, and what is in it.
func (s *Source) Slots(schedule string, from time.Time, length time.Duration) ([]byte, []Slot) {
	slots := make([]Slot, BundleSize)
	bundle := s.bundle("Slot", BundleSize, func(buf []byte, i int) []byte {
		slots[i].Start = from.Add(time.Duration(i) * length)
		slots[i].End = slots[i].Start.Add(length)
		buf = append(buf, `{"resourceType":"Slot","schedule":{"reference":"`+schedule+`"},"status":"free"`...)
		return append(slots[i].times(buf), '}')
	})
	return bundle, slots
}

// Appointment returns an Appointment of a patient in a Slot, or at the time of
// one that has no ID.
func (s *Source) Appointment(subject string, slot Slot) []byte {
	buf := make([]byte, 0, 1024)
	buf = append(buf, `{"resourceType":"Appointment","identifier":[{"system":"`+PatientSystem+`-appointment","value":"`...)
	buf = append(buf, s.Identifier()...)
	buf = append(buf, `"}],"status":"booked","description":"Appointment with the doctor","created":`...)
	buf = strconv.AppendQuote(buf, slot.Start.Add(-24*time.Hour).Format(time.RFC3339))
	buf = slot.times(buf)
	if slot.ID != "" {
		buf = append(buf, `,"slot":[{"reference":"Slot/`+slot.ID+`"}]`...)
	}
	return append(buf, `,"participant":[{"actor":{"reference":"`+subject+`"},"required":"required","status":"accepted"}]}`...)
}

// times appends the members start and end.
func (s Slot) times(buf []byte) []byte {
	buf = strconv.AppendQuote(append(buf, `,"start":`...), s.Start.Format(time.RFC3339))
	return strconv.AppendQuote(append(buf, `,"end":`...), s.End.Format(time.RFC3339))
}
