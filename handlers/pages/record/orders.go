package record

import (
	"net/url"
	"strconv"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// order orders the repeats that were ticked, all or none (P4).
func order(v *pages.Visit) (*pages.Answer, error) {
	again := func(faults ...pages.Fault) (*pages.Answer, error) {
		data, err := ordering(v)
		return v.Again("prescriptions", v.T("record.prescriptions"), data, faults...), err
	}
	ticked := v.Request.Form["repeat"]
	if len(ticked) == 0 {
		return again(pages.Fault{Field: "repeat", Text: v.T("record.order.none")})
	}
	repeats, _, err := repeatsOf(v)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, r := range repeats {
		names[r.id] = r.name()
	}
	var changes []store.Change
	for _, id := range ticked {
		c, err := v.Creation(orderOf(v, id, names[id]))
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	to := "/record/prescriptions?done=ordered"
	err = v.Do(to, changes...)
	if faults, ok := pages.FaultsOf(err, map[string]string{"": "repeat", "Task.note": "note",
		"Task.input": "pharmacy"}); ok {
		return again(faults...)
	}
	return v.Goto(to), err
}

// orderOf is the Task that orders a repeat.
func orderOf(v *pages.Visit, id, name string) map[string]any {
	made := map[string]any{"resourceType": "Task", "status": "requested", "intent": "order",
		"code": map[string]any{"coding": []any{map[string]any{"system": datatypes.SNOMED, "code": "103742009",
			"display": "Renewal of prescription"}}},
		"focus": map[string]any{"reference": "MedicationRequest/" + id}, "for": map[string]any{"reference": patient(v)},
		"authoredOn": v.Now().UTC().Format(time.RFC3339)}
	if name != "" {
		made["description"] = name
	}
	if note := v.Value("note"); note != "" {
		made["note"] = []any{map[string]any{"text": note}}
	}
	if pharmacy := v.Value("pharmacy"); pharmacy != "" {
		made["input"] = []any{map[string]any{
			"type":           map[string]any{"coding": []any{map[string]any{"code": "preferred-performer"}}},
			"valueReference": map[string]any{"reference": pharmacy}}}
	}
	return made
}

// orderPage is what an order's page shows.
type orderPage struct {
	Title   string
	Rows    []pages.Row
	ID      string
	Version string // as it was shown
	Cancel  bool   // nobody has dealt with it, so that it can be taken back
}

// oneOrder shows how far an order is, and why it was rejected.
func oneOrder(v *pages.Visit) (*pages.Answer, error) {
	found, err := v.Search("Task", url.Values{"_id": {v.Path("id")}, "patient": {patient(v)}, "code": {renewal}})
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("record.order.missing"))
	}
	var t task
	if err := datatypes.Read(found.Items[0].Stored, &t); err != nil {
		return nil, err
	}
	data := orderPage{Title: t.name(v, nil), ID: found.Items[0].Key.ID,
		Version: strconv.FormatInt(found.Items[0].Key.Version, 10),
		Cancel:  t.Status == "requested" && v.Manages("prescriptions")}
	data.Rows = []pages.Row{{Key: v.T("appointment.state"), Tag: orderStates.tag(v, t.Status)},
		{Key: v.T("record.order.on"), Value: v.Shell().When(t.AuthoredOn)}}
	if why := t.StatusReason.Words(); why != "" {
		data.Rows = append(data.Rows, pages.Row{Key: v.T("record.order.why"), Value: why})
	}
	for _, n := range t.Note {
		data.Rows = append(data.Rows, pages.Row{Key: v.T("appointment.comment"), Value: n.Text})
	}
	for _, in := range t.Input {
		st, err := v.Search("Organization", url.Values{"_id": {idOf(in.ValueReference)}})
		if err != nil {
			return nil, err
		}
		names, err := datatypes.NamesOf(st)
		if err != nil {
			return nil, err
		}
		if name := names.Of(in.ValueReference); name != "" {
			data.Rows = append(data.Rows, pages.Row{Key: v.T("record.order.pharmacy"), Value: name})
		}
	}
	return v.Show("order", data.Title, data), nil
}

// idOf is the id in a reference to something here.
func idOf(r datatypes.Reference) string {
	for at := len(r.Reference) - 1; at >= 0; at-- {
		if r.Reference[at] == '/' {
			return r.Reference[at+1:]
		}
	}
	return r.Reference
}

// withdraw takes an order back that nobody has dealt with.
func withdraw(v *pages.Visit) (*pages.Answer, error) {
	version, err := strconv.ParseInt(v.Value("version"), 10, 64)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "%s", v.T("error.form.broken"))
	}
	c, err := v.Set(fhir.Key{Type: "Task", ID: v.Path("id"), Version: version}, map[string]any{"status": "cancelled"})
	if err != nil {
		return nil, err
	}
	to := "/record/prescriptions?done=withdrawn"
	return v.Goto(to), v.Do(to, c)
}
