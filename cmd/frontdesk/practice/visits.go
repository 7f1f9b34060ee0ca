package practice

import "time"

// attend writes the appointments of the diary and, further back, those whose slots are no longer kept.
func (c *chart) attend() {
	body := c.frame()
	visits := 1 + c.chance.IntN(3) + len(c.problems)/2
	kept := []string{"fulfilled", "fulfilled", "fulfilled", "fulfilled", "fulfilled", "fulfilled", "fulfilled", "cancelled", "noshow"}
	for i := range visits {
		status := pick(c, kept)
		if c.id == ReadyPatient {
			status = kept[(2*len(kept)-1-i)%len(kept)] // one of each
		}
		start := c.daysAgo(20 + c.chance.IntN(900))
		made := c.appointment(status, c.doctor, start, nil)
		if status == "fulfilled" {
			c.consult(made, c.doctor, start, body)
		}
	}
	for _, s := range c.diary.booked[c.number] {
		status := "booked"
		if s.start.Before(c.today) {
			status = "fulfilled"
		}
		made := c.appointment(status, s.staff, s.start, s)
		if status == "fulfilled" {
			c.consult(made, s.staff, s.start, body)
		}
	}
}

// appointment writes one appointment; s is its slot, nil if the diary no longer goes back so far.
func (c *chart) appointment(status string, with clinician, start time.Time, s *slot) string {
	made := start.AddDate(0, 0, -2-c.chance.IntN(12))
	if made.After(c.today) {
		made = atMinute(c.today.AddDate(0, 0, -1), 11*60)
	}
	fields := object{{"status", status}}
	if status == "cancelled" {
		fields = append(fields, member{"cancelationReason", concept(hl7+"appointment-cancellation-reason", "pat", "Patient")})
	}
	fields = append(fields,
		member{"serviceType", list{object{{"text", with.Job}}}},
		member{"appointmentType", concept(hl7+"v2-0276", "ROUTINE", "Routine appointment - default if not valued")},
		member{"description", "Appointment with " + with.name()},
		member{"start", instant(start)}, member{"end", instant(start.Add(slotLength))},
		member{"minutesDuration", int(slotLength.Minutes())},
	)
	if s != nil {
		fields = append(fields, member{"slot", refs(s.reference())})
	}
	fields = append(fields, member{"created", instant(made)})
	if with.ID != c.doctor.ID {
		fields = append(fields, member{"comment", "Usual doctor: " + c.doctor.name()})
	}
	var participants list
	for _, actor := range []string{c.subject(), with.reference(), "Location/" + with.Location} {
		participants = append(participants, object{{"actor", ref(actor)}, {"required", "required"}, {"status", "accepted"}})
	}
	return c.add("Appointment", append(fields, member{"participant", participants}))
}

// consult writes up a kept appointment: the consultation and what was measured in it.
func (c *chart) consult(appointment string, with clinician, start time.Time, body frame) {
	fields := object{
		{"status", "finished"}, {"class", coding(hl7+"v3-ActCode", "AMB", "ambulatory")},
		{"type", list{snomedConcept(pick(c, c.prevention.Visits))}}, {"subject", ref(c.subject())},
		{"participant", list{object{{"individual", ref(with.reference())}}}}, {"appointment", refs(appointment)},
		{"period", period(start, start.Add(time.Duration(6+c.chance.IntN(9))*time.Minute))},
	}
	if len(c.problems) > 0 {
		fields = append(fields, member{"reasonReference", refs(pick(c, c.problems).reference)})
	}
	fields = append(fields,
		member{"location", list{object{{"location", ref("Location/" + with.Location)}}}},
		member{"serviceProvider", ref(c.practiceRef())})
	c.measure(c.add("Encounter", fields), with, start, body)
}
