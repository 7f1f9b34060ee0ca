package practice

// outcome is one way an order for a repeat can stand (R4 value set task-status).
type outcome struct {
	status, reason string
	open           bool // someone still has to act; a repeat has at most one open order
	daysAgo        int
}

var outcomes = []outcome{
	{status: "requested", open: true, daysAgo: 1},
	{status: "completed", daysAgo: 40},
	{status: "accepted", open: true, daysAgo: 2},
	{status: "rejected", reason: "You ordered this less than two weeks ago and should have enough. Please order again when you have one week left.", daysAgo: 70},
	{status: "in-progress", open: true, daysAgo: 3},
	{status: "failed", reason: "The pharmacy could not get this medicine. Please ask us for an alternative.", daysAgo: 100},
	{status: "cancelled", reason: "Cancelled by the patient", daysAgo: 130},
}

// order writes what the patient asked for online: one order for some, one in each state for the ready patient.
func (c *chart) order(plans []plan) {
	var valid []plan
	for _, p := range plans {
		if p.state == current {
			valid = append(valid, p)
		}
	}
	wants := c.happens(0.4)
	chosen := outcomes[c.chance.IntN(len(outcomes))]
	switch {
	case len(valid) == 0:
	case c.id == ReadyPatient:
		for i, o := range outcomes {
			c.task(valid[i/2%len(valid)], o) // the open ones, every other, each on a repeat of its own
		}
	case wants:
		c.task(pick(c, valid), chosen)
	}
}

func (c *chart) task(p plan, o outcome) {
	asked := c.daysAgo(o.daysAgo)
	fields := object{{"status", o.status}}
	if o.reason != "" {
		fields = append(fields, member{"statusReason", object{{"text", o.reason}}})
	}
	changed := asked
	if o.status != "requested" {
		changed = asked.Add(slotLength)
	}
	fields = append(fields, object{
		{"intent", "order"}, {"priority", "routine"},
		{"code", concept(snomed, "103742009", "Renewal of prescription")},
		{"description", "Order for " + p.Name}, {"focus", ref(p.reference)}, {"for", ref(c.subject())},
		{"authoredOn", instant(asked)}, {"lastModified", instant(changed)},
		{"requester", ref(c.speaker())}, {"owner", ref(c.practiceRef())},
	}...)
	if o.status == "completed" && p.last != "" {
		fields = append(fields, member{"output", list{object{
			{"type", object{{"text", "Prescription issued"}}}, {"valueReference", ref(p.last)},
		}}})
	}
	c.add("Task", fields)
}
