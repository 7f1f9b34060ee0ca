package desk

import (
	"net/url"
	"strings"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// orders are repeats that were ordered (P4).
var orders = source{"Task", url.Values{"status": {"requested"}, "code": {datatypes.SNOMED + "|103742009"},
	"_sort": {"authored-on"}, "_include": {"Task:patient", "Task:focus", "Task:requester"}}, showOrder}

// details are changes of their details that patients ask for (P16).
var details = source{"Task", url.Values{"status": {"requested"}, "code": {"change-of-details"},
	"_sort": {"authored-on"}, "_include": {"Task:patient", "Task:requester"}}, showDetails}

// task is what is shown of a Task.
type task struct {
	Description, AuthoredOn string
	For, Focus, Requester   datatypes.Reference
	Note                    []struct{ Text string }
	Input                   []struct {
		Type                 datatypes.Concept
		ValueReference       datatypes.Reference
		ValueContactPoint    contactPoint
		ValueAddress         address
		ValueCodeableConcept datatypes.Concept
	}
}

// contactPoint is R4's.
type contactPoint struct{ System, Use, Value string }

// address is R4's.
type address struct {
	Use, Text, City, District, PostalCode string
	Line                                  []string
}

// words are an address on one line.
func (a address) words() string {
	var all []string
	for _, part := range append(append([]string{}, a.Line...), a.City, a.District, a.PostalCode) {
		if part != "" {
			all = append(all, part)
		}
	}
	if len(all) == 0 {
		return a.Text
	}
	return strings.Join(all, ", ")
}

// prescription is what is shown of a MedicationRequest.
type prescription struct {
	MedicationCodeableConcept datatypes.Concept
	MedicationReference       datatypes.Reference
	DosageInstruction         []struct{ Text string }
}

// asked is who asked for something, and when.
func (t *task) asked(v *pages.Visit, found *store.Page) ([]pages.Row, error) {
	names, err := datatypes.NamesOf(found)
	rows := []pages.Row{{Key: v.T("desk.task.asked"), Value: v.Shell().When(t.AuthoredOn)}}
	if name := names.Of(t.Requester); name != "" && t.Requester.Reference != t.For.Reference {
		rows = append(rows, pages.Row{Key: v.T("desk.task.by"), Value: name})
	}
	for _, note := range t.Note {
		rows = append(rows, pages.Row{Key: v.T("desk.task.note"), Value: note.Text})
	}
	return rows, err
}

// decisions are what can be done with what was asked for.
func decisions(v *pages.Visit, p *piece, accept string) {
	p.Text = pages.Field{ID: "text", Label: v.T("desk.reject.why"), Hint: v.T("desk.reject.hint"), Rows: 3, Most: 1000}
	p.Do = []button{{"accept", accept, ""}, {"reject", v.T("desk.reject"), "warning"}}
}

// showOrder shows an order.
func showOrder(v *pages.Visit, found *store.Page, p *piece) error {
	var t task
	if err := first(found, &t); err != nil {
		return err
	}
	p.subject = t.For.Reference
	p.Rows = []pages.Row{{Key: v.T("desk.order.medicine"), Value: t.Description}}
	for _, item := range found.Items {
		if item.Key.Current().String() != t.Focus.Reference {
			continue
		}
		var m prescription
		if err := datatypes.Read(item.Stored, &m); err != nil {
			return err
		}
		if name := m.MedicationCodeableConcept.Words(); name != "" {
			p.Rows[0].Value = name
		} else if m.MedicationReference.Display != "" {
			p.Rows[0].Value = m.MedicationReference.Display
		}
		for _, dose := range m.DosageInstruction {
			p.Rows = append(p.Rows, pages.Row{Key: v.T("desk.order.dose"), Value: dose.Text})
		}
	}
	for _, in := range t.Input {
		if in.Type.Has("preferred-performer") && in.ValueReference.Display != "" {
			p.Rows = append(p.Rows, pages.Row{Key: v.T("desk.order.pharmacy"), Value: in.ValueReference.Display})
		}
	}
	asked, err := t.asked(v, found)
	p.Rows = append(p.Rows, asked...)
	decisions(v, p, v.T("desk.order.accept"))
	return err
}

// showDetails shows what shall be changed, beside what is there.
func showDetails(v *pages.Visit, found *store.Page, p *piece) error {
	var t task
	if err := first(found, &t); err != nil {
		return err
	}
	p.subject = t.For.Reference
	var now struct {
		Telecom []contactPoint
		Address []address
	}
	for _, item := range found.Items {
		if item.Key.Current().String() == p.subject {
			if err := datatypes.Read(item.Stored, &now); err != nil {
				return err
			}
		}
	}
	row := pages.Row{Key: v.T("desk.details.now")}
	for _, c := range now.Telecom {
		row.Lines = append(row.Lines, c.Value)
	}
	for _, a := range now.Address {
		row.Lines = append(row.Lines, a.words())
	}
	wanted := pages.Row{Key: v.T("desk.details.new")}
	for _, in := range t.Input {
		for _, text := range []string{in.ValueContactPoint.Value, in.ValueAddress.words(),
			in.ValueCodeableConcept.Words()} {
			if text != "" {
				wanted.Lines = append(wanted.Lines, text)
			}
		}
	}
	asked, err := t.asked(v, found)
	p.Rows = append([]pages.Row{wanted, row}, asked...)
	decisions(v, p, v.T("desk.details.accept"))
	return err
}

// decideOrder accepts or rejects an order. What follows of it the rules do.
func (s staff) decideOrder(v *pages.Visit, p *piece, to string) error {
	return decide(v, p, to, "accepted")
}

// decideDetails accepts or rejects a change of details.
func (s staff) decideDetails(v *pages.Visit, p *piece, to string) error {
	return decide(v, p, to, "completed")
}

func decide(v *pages.Visit, p *piece, to, status string) error {
	elements := map[string]any{"status": status}
	if v.Value("do") == "reject" {
		elements = map[string]any{"status": "rejected", "statusReason": map[string]any{"text": p.Text.Value}}
	}
	change, err := v.Set(p.Key, elements)
	if err != nil {
		return err
	}
	return v.Do(to, change)
}
