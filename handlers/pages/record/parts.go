package record

import (
	"strings"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// parts are all that the record has, in the order in which they are shown.
var parts = []part{
	{"problems", "problems", "Condition", "_sort=-recorded-date", "record.problems", "record.problems.none",
		[]string{"record.problems.name", "record.since", "appointment.state"}, problem},
	{"allergies", "allergies", "AllergyIntolerance", "_sort=-date", "record.allergies", "record.allergies.none",
		[]string{"record.allergies.name", "record.allergies.reaction", "record.recorded"}, allergy},
	{"medicines", "prescriptions", "MedicationRequest", "_sort=-authoredon&intent=order", "record.medicines",
		"record.medicines.none", []string{"record.medicines.name", "record.medicines.how", "record.medicines.issued"},
		medicine},
	{"vaccinations", "vaccinations", "Immunization", "_sort=-date", "record.vaccinations", "record.vaccinations.none",
		[]string{"record.vaccinations.name", "record.given", "appointment.state"}, vaccination},
	{"measurements", "measurements", "Observation", "_sort=-date&category:not=laboratory", "record.measurements",
		"record.measurements.none", []string{"record.measurements.name", "record.results.value", "appointment.when"},
		measurement},
	{"letters", "documents", "DocumentReference", "_sort=-date&status=current", "record.letters",
		"record.letters.none", []string{"record.letters.name", "record.letters.kind", "record.letters.date"}, letter},
}

func problem(v *pages.Visit, st *store.Item) ([]pages.Cell, error) {
	var c struct {
		Code                        datatypes.Concept
		ClinicalStatus              datatypes.Concept
		OnsetDateTime, RecordedDate string
	}
	err := datatypes.Read(st.Stored, &c)
	since := c.OnsetDateTime
	if since == "" {
		since = c.RecordedDate
	}
	return []pages.Cell{{Text: c.Code.Words()}, {Text: v.Shell().On(since)}, {Text: c.ClinicalStatus.Words()}}, err
}

func allergy(v *pages.Visit, st *store.Item) ([]pages.Cell, error) {
	var a struct {
		Code         datatypes.Concept
		RecordedDate string
		Reaction     []struct{ Manifestation []datatypes.Concept }
	}
	err := datatypes.Read(st.Stored, &a)
	var shown []string
	for _, r := range a.Reaction {
		for _, m := range r.Manifestation {
			shown = append(shown, m.Words())
		}
	}
	return []pages.Cell{{Text: a.Code.Words()}, {Text: strings.Join(shown, ", ")},
		{Text: v.Shell().On(a.RecordedDate)}}, err
}

func vaccination(v *pages.Visit, st *store.Item) ([]pages.Cell, error) {
	var i struct {
		Status             string
		VaccineCode        datatypes.Concept
		OccurrenceDateTime string
		OccurrenceString   string
	}
	err := datatypes.Read(st.Stored, &i)
	given := map[string]string{"completed": v.T("record.vaccinations.given"),
		"not-done": v.T("record.vaccinations.not")}[i.Status]
	return []pages.Cell{{Text: i.VaccineCode.Words()}, {Text: v.Shell().On(i.OccurrenceDateTime) + i.OccurrenceString},
		{Text: given}}, err
}

func measurement(v *pages.Visit, st *store.Item) ([]pages.Cell, error) {
	var o observation
	err := datatypes.Read(st.Stored, &o)
	return []pages.Cell{{Text: o.Code.Words(), Href: overTimeLink(v, "/record/health/measurements", o.Code)},
		{Text: o.value()}, {Text: v.Shell().On(o.when())}}, err
}

func medicine(v *pages.Visit, st *store.Item) ([]pages.Cell, error) {
	var m prescribed
	err := datatypes.Read(st.Stored, &m)
	return []pages.Cell{{Text: m.name()}, {Text: m.dosage()}, {Text: v.Shell().On(m.AuthoredOn)}}, err
}

func letter(v *pages.Visit, st *store.Item) ([]pages.Cell, error) {
	var d document
	err := datatypes.Read(st.Stored, &d)
	return []pages.Cell{{Text: d.name(v), Href: v.To("/record/letters/" + st.Key.ID)}, {Text: d.Type.Words()},
		{Text: v.Shell().On(d.Date)}}, err
}

// prescribed is what pages show of a MedicationRequest.
type prescribed struct {
	Status, Intent, AuthoredOn string
	MedicationCodeableConcept  datatypes.Concept
	MedicationReference        datatypes.Reference
	DosageInstruction          []struct{ Text string }
	BasedOn                    []datatypes.Reference
	DispenseRequest            struct {
		ValidityPeriod         datatypes.Period
		NumberOfRepeatsAllowed *int
		Quantity               datatypes.Quantity
		ExpectedSupplyDuration datatypes.Quantity
		Performer              datatypes.Reference
	}
}

// name is what the medicine is called.
func (m *prescribed) name() string {
	if words := m.MedicationCodeableConcept.Words(); words != "" {
		return words
	}
	return m.MedicationReference.Display
}

// dosage is how to take it.
func (m *prescribed) dosage() string {
	var all []string
	for _, d := range m.DosageInstruction {
		if d.Text != "" {
			all = append(all, d.Text)
		}
	}
	return strings.Join(all, "; ")
}
