package record

import (
	"net/url"
	"time"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// orderStates are what people read of an order's status (P4).
var orderStates = states{
	"requested": {Text: "record.order.requested", Kind: "wait"}, "accepted": {Text: "record.order.accepted", Kind: "good"},
	"in-progress": {Text: "record.order.inprogress", Kind: "good"},
	"completed":   {Text: "record.order.completed", Kind: "good"},
	"rejected":    {Text: "record.order.rejected", Kind: "bad"}, "failed": {Text: "record.order.failed", Kind: "bad"},
	"cancelled": {Text: "record.order.cancelled"},
}

// open are the states in which the practice still has something to do.
var open = map[string]bool{"requested": true, "accepted": true, "in-progress": true}

// task is what pages show of an order.
type task struct {
	Status       string
	StatusReason datatypes.Concept
	Focus        datatypes.Reference
	Description  string
	AuthoredOn   string
	Note         []struct{ Text string }
	Input        []struct{ ValueReference datatypes.Reference }
}

// repeat is a repeat prescription, and how it stands.
type repeat struct {
	prescribed
	id, last string // the day of the last order under it, "" if there was none
	issued   int
	ordered  bool // an order for it is open
}

// prescriptionsPage is what the page of repeats and orders shows.
type prescriptionsPage struct {
	Repeats  pages.Field // those that can be ordered, to tick
	Closed   pages.Table // those that can't, and why
	Note     pages.Field
	Pharmacy pages.Field
	Orders   []pages.Task
	Acts     bool // they can be ordered here
}

// renewal is the search for orders: Tasks with SNOMED CT's code for one.
const renewal = datatypes.SNOMED + "|103742009"

// prescriptions are the repeats, each with when it was issued and is due, and the orders.
func prescriptions(v *pages.Visit) (*pages.Answer, error) {
	data, err := ordering(v)
	return v.Show("prescriptions", v.T("record.prescriptions"), data), err
}

// ordering is the page of repeats and orders.
func ordering(v *pages.Visit) (*prescriptionsPage, error) {
	repeats, orders, err := repeatsOf(v)
	if err != nil {
		return nil, err
	}
	data := &prescriptionsPage{Acts: v.Manages("prescriptions"), Orders: orders,
		Repeats: pages.Field{ID: "repeat", Label: v.T("record.repeats.choose"), Hint: v.T("record.repeats.choose.hint")},
		Note: pages.Field{ID: "note", Label: v.T("record.order.note"), Hint: v.T("record.order.note.hint"), Rows: 3,
			Value: v.Value("note"), Most: 500},
		Closed: pages.Table{Caption: v.T("record.repeats.closed"), Columns: []pages.Column{
			{Text: v.T("record.medicines.name")}, {Text: v.T("record.repeats.last")}, {Text: v.T("appointment.state")}}}}
	ticked := map[string]bool{}
	for _, id := range v.Request.Form["repeat"] {
		ticked[id] = true
	}
	for _, r := range repeats {
		if why := r.closed(v); why.Text != "" || !data.Acts {
			data.Closed.Rows = append(data.Closed.Rows, []pages.Cell{{Text: r.name()}, {Text: v.Shell().On(r.last)},
				{Tag: why}})
			continue
		}
		data.Repeats.Options = append(data.Repeats.Options, pages.Option{Value: r.id, Label: r.name(), Hint: r.hint(v),
			On: ticked[r.id]})
	}
	data.Pharmacy, err = pharmacies(v)
	return data, err
}

// repeatsOf are the repeats that are in use and the orders, newest first.
func repeatsOf(v *pages.Visit) (repeats []*repeat, orders []pages.Task, err error) {
	plans, err := v.Search("MedicationRequest", url.Values{"patient": {patient(v)}, "intent": {"plan"},
		"status": {"active"}, "_sort": {"-authoredon"}, "_count": {"100"}})
	if err != nil {
		return nil, nil, err
	}
	of := map[string]*repeat{}
	for _, item := range plans.Items {
		r := &repeat{id: item.Key.ID}
		if err := datatypes.Read(item.Stored, &r.prescribed); err != nil {
			return nil, nil, err
		}
		of["MedicationRequest/"+r.id] = r
		repeats = append(repeats, r)
	}
	issued, err := v.Search("MedicationRequest", url.Values{"patient": {patient(v)}, "intent": {"order"},
		"status:not": {"cancelled,entered-in-error"}, "_sort": {"-authoredon"}, "_count": {"500"}})
	if err != nil {
		return nil, nil, err
	}
	for _, item := range issued.Items {
		var m prescribed
		if err := datatypes.Read(item.Stored, &m); err != nil {
			return nil, nil, err
		}
		for _, plan := range m.BasedOn {
			if r := of[plan.Reference]; r != nil {
				r.issued++
				r.last = max(r.last, m.AuthoredOn)
			}
		}
	}
	orders, err = ordersOf(v, of)
	return repeats, orders, err
}

// ordersOf are the orders, newest first. Repeats of which one is open are told so.
func ordersOf(v *pages.Visit, of map[string]*repeat) (orders []pages.Task, err error) {
	found, err := v.Search("Task", url.Values{"patient": {patient(v)}, "code": {renewal}, "_sort": {"-authored-on"},
		"_count": {"50"}})
	if err != nil {
		return nil, err
	}
	for _, item := range found.Items {
		var t task
		if err := datatypes.Read(item.Stored, &t); err != nil {
			return nil, err
		}
		r := of[t.Focus.Reference]
		if r != nil && open[t.Status] {
			r.ordered = true
		}
		orders = append(orders, pages.Task{Title: t.name(v, r), Hint: v.Shell().On(t.AuthoredOn),
			Href: v.To("/record/prescriptions/orders/" + item.Key.ID), Tag: orderStates.tag(v, t.Status)})
	}
	return orders, nil
}

// name is what was ordered.
func (t *task) name(v *pages.Visit, r *repeat) string {
	if t.Description == "" && r != nil {
		return r.name()
	}
	if t.Description == "" {
		return v.T("record.order")
	}
	return t.Description
}

// closed says why a repeat can't be ordered; a Tag without text if it can.
func (r *repeat) closed(v *pages.Visit) pages.Tag {
	allowed, end := r.DispenseRequest.NumberOfRepeatsAllowed, r.DispenseRequest.ValidityPeriod.End
	switch {
	case r.ordered:
		return pages.Tag{Text: v.T("record.repeats.ordered"), Kind: "wait"}
	case allowed != nil && r.issued >= *allowed:
		return pages.Tag{Text: v.T("record.repeats.used"), Kind: "bad"}
	case len(end) >= len(time.DateOnly) && end[:len(time.DateOnly)] < v.Now().In(v.Shell().Zone).Format(time.DateOnly):
		return pages.Tag{Text: v.T("record.repeats.ended"), Kind: "bad"}
	}
	return pages.Tag{}
}

// hint says how to take it, when it was issued last and when it is due again.
func (r *repeat) hint(v *pages.Visit) string {
	said := r.dosage()
	last, err := time.Parse(time.RFC3339, r.last)
	if err != nil {
		return v.T("record.repeats.never", said)
	}
	days, ok := r.DispenseRequest.ExpectedSupplyDuration.Number()
	if !ok || r.DispenseRequest.ExpectedSupplyDuration.Code != "d" {
		return v.T("record.repeats.issued", said, v.Shell().Day(last))
	}
	return v.T("record.repeats.due", said, v.Shell().Day(last), v.Shell().Day(last.AddDate(0, 0, int(days))))
}

// pharmacies are those to choose from: the organizations that are called so.
func pharmacies(v *pages.Visit) (pages.Field, error) {
	field := pages.Field{ID: "pharmacy", Label: v.T("record.order.pharmacy"),
		Options: []pages.Option{{Label: v.T("record.order.pharmacy.usual")}}}
	found, err := v.Search("Organization", url.Values{"name:contains": {"pharmacy"}, "_sort": {"name"},
		"_count": {"50"}})
	if err != nil {
		return field, err
	}
	names, err := datatypes.NamesOf(found)
	for _, item := range found.Items {
		reference := item.Key.Current().String()
		field.Options = append(field.Options, pages.Option{Value: reference, Label: names[reference],
			On: v.Value("pharmacy") == reference})
	}
	return field, err
}
