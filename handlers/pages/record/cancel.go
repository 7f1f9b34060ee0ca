package record

import (
	"strconv"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
)

// cancelPage is what the page shows that cancels an appointment.
type cancelPage struct {
	*booked
	Version string // as it was shown
	Reason  pages.Field
}

// askCancel asks why an appointment is cancelled.
func askCancel(v *pages.Visit) (*pages.Answer, error) {
	data, err := cancelling(v)
	return v.Show("cancel", v.T("record.cancel"), data), err
}

func cancelling(v *pages.Visit) (cancelPage, error) {
	b, err := readAppointment(v, v.Path("id"))
	if err != nil {
		return cancelPage{}, err
	}
	data := cancelPage{booked: b, Version: strconv.FormatInt(b.Key.Version, 10), Reason: pages.Field{ID: "reason",
		Label: v.T("record.cancel.reason"), Hint: v.T("record.cancel.reason.hint"), Value: v.Value("reason"), Rows: 3,
		Most: mostAbout}}
	return data, nil
}

// cancel cancels an appointment (P3).
func cancel(v *pages.Visit) (*pages.Answer, error) {
	version, err := strconv.ParseInt(v.Value("version"), 10, 64)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "%s", v.T("error.form.broken"))
	}
	again := func(faults ...pages.Fault) (*pages.Answer, error) {
		data, err := cancelling(v)
		return v.Again("cancel", v.T("record.cancel"), data, faults...), err
	}
	if v.Value("reason") == "" {
		return again(pages.Fault{Field: "reason", Text: v.T("record.cancel.reason.missing")})
	}
	change, err := v.Set(fhir.Key{Type: "Appointment", ID: v.Path("id"), Version: version}, map[string]any{
		"status": "cancelled", "cancelationReason": map[string]any{"text": v.Value("reason")}})
	if err != nil {
		return nil, err
	}
	to := "/record/appointments?done=cancelled"
	err = v.Do(to, change)
	if faults, ok := pages.FaultsOf(err, map[string]string{"": "reason"}); ok {
		return again(faults...)
	}
	return v.Goto(to), err
}
