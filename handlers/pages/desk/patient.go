package desk

import (
	"strings"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// patient is what tells one patient from another.
type patient struct {
	ID         string
	BirthDate  string
	Name       []datatypes.HumanName
	Identifier []struct{ System, Value string }
}

// nhsNumber is the system of NHS numbers.
const nhsNumber = "https://fhir.nhs.uk/Id/nhs-number"

// patientOf is one of the patients that were found or brought along, by reference.
func patientOf(found *store.Page, reference string) (*patient, error) {
	p := &patient{}
	for _, item := range found.Items {
		if item.Key.Current().String() == reference {
			p.ID = item.Key.ID
			return p, datatypes.Read(item.Stored, p)
		}
	}
	return p, nil
}

// Called is the name to call a patient by.
func (p *patient) Called() string {
	for _, name := range p.Name {
		if name.Use == "usual" {
			return name.Words()
		}
	}
	if len(p.Name) > 0 {
		return p.Name[0].Words()
	}
	return ""
}

// Number is the NHS number in groups, as people read it out; "" if there is none.
func (p *patient) Number() string {
	for _, id := range p.Identifier {
		if id.System == nhsNumber && len(id.Value) == 10 {
			return strings.Join([]string{id.Value[:3], id.Value[3:6], id.Value[6:]}, " ")
		}
	}
	return ""
}

// rows are whom something is about, for a summary list.
func (p *patient) rows(v *pages.Visit) []pages.Row {
	rows := []pages.Row{{Key: v.T("desk.patient"), Value: p.Called(), Href: v.To("/desk/patients/" + p.ID),
		Action: v.T("desk.patient.open")}}
	if p.BirthDate != "" {
		rows = append(rows, pages.Row{Key: v.T("desk.patient.born"), Value: pages.Date(p.BirthDate)})
	}
	if n := p.Number(); n != "" {
		rows = append(rows, pages.Row{Key: v.T("desk.patient.nhs"), Value: n})
	}
	return rows
}
