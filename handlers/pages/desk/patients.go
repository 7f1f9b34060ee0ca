package desk

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// searchPage is what the page shows that finds patients.
type searchPage struct {
	Name, NHS, Born pages.Field
	Asked           bool
	Found           pages.Table
	Pages           pages.Pages
}

// patients finds patients by name, date of birth and NHS number.
func patients(v *pages.Visit) (*pages.Answer, error) {
	data, title := searchOf(v), v.T("desk.patients")
	query, born := url.Values{"_sort": {"family"}, "_count": {"20"}}, data.Born.Date
	if data.Name.Value != "" {
		query["name"] = strings.Fields(strings.NewReplacer(",", " ", "|", " ", "$", " ", `\`, " ").
			Replace(data.Name.Value))
	}
	if number := strings.Join(strings.Fields(data.NHS.Value), ""); number != "" {
		query.Set("identifier", nhsNumber+"|"+strings.NewReplacer(",", "", "|", "", "$", "", `\`, "").Replace(number))
	}
	if born != (pages.DateValue{}) {
		day, err := time.Parse("2006-1-2", born.Year+"-"+born.Month+"-"+born.Day)
		if err != nil {
			fault := pages.Fault{Field: "born", Text: v.T("desk.patients.born.wrong")}
			return v.Again("patients", title, data, fault), nil
		}
		query.Set("birthdate", day.Format(time.DateOnly))
	}
	if data.Asked = len(query) > 2; !data.Asked {
		return v.Show("patients", title, data), nil
	}
	found, links, err := v.Browse("Patient", query)
	if faults, ok := pages.FaultsOf(err, map[string]string{"": "nhs"}); ok {
		return v.Again("patients", title, data, faults...), nil
	} else if err != nil {
		return nil, err
	}
	data.Pages = links
	data.Found = pages.Table{Caption: v.T("desk.patients.found"), Hidden: true, Empty: v.T("desk.patients.none"),
		Columns: []pages.Column{{Text: v.T("desk.patient")}, {Text: v.T("desk.patient.born")},
			{Text: v.T("desk.patient.nhs")}}}
	for _, item := range found.Items {
		p, err := patientOf(found, item.Key.Current().String())
		if err != nil {
			return nil, err
		}
		data.Found.Rows = append(data.Found.Rows, []pages.Cell{{Text: p.Called(), Href: v.To("/desk/patients/" + p.ID)},
			{Text: pages.Date(p.BirthDate)}, {Text: p.Number()}})
	}
	return v.Show("patients", title, data), nil
}

// searchOf is the form as it was filled in.
func searchOf(v *pages.Visit) searchPage {
	return searchPage{
		Name: pages.Field{ID: "name", Label: v.T("desk.patients.name"), Hint: v.T("desk.patients.name.hint"),
			Value: v.Value("name")},
		NHS: pages.Field{ID: "nhs", Label: v.T("desk.patient.nhs"), Hint: v.T("desk.patients.nhs.hint"),
			Value: v.Value("nhs"), Mode: "numeric", Size: "middling"},
		Born: pages.Field{ID: "born", Label: v.T("desk.patient.born"), Hint: v.T("desk.patients.born.hint"),
			Date: v.DateOf("born")},
	}
}

// accessPage is what the page of one patient shows.
type accessPage struct {
	ID        string
	Who       []pages.Row
	Suspended bool
	Open      []pages.Row
	Preset    pages.Field
}

// onlineAccess is what $online-access tells of a patient.
type onlineAccess struct {
	suspended bool
	levels    map[string]string
	from      string
}

// person shows a patient, and how far the record is open online.
func (s staff) person(v *pages.Visit) (*pages.Answer, error) {
	data, err := s.personOf(v)
	if err != nil {
		return nil, err
	}
	return v.Show("patient", v.T("desk.person"), data), nil
}

// personOf is the page of the patient that the address names.
func (s staff) personOf(v *pages.Visit) (*accessPage, error) {
	key := fhir.Key{Type: "Patient", ID: v.Path("id")}
	st, err := v.Session.Read(v.Context(), key)
	if err != nil {
		return nil, err
	}
	p := &patient{ID: key.ID}
	if err := datatypes.Read(st, p); err != nil {
		return nil, err
	}
	body, err := s.Call(v.Context(), v.Session, http.MethodGet, "online-access", key, nil)
	if err != nil {
		return nil, err
	}
	access, err := readAccess(body)
	if err != nil {
		return nil, err
	}
	data := &accessPage{ID: key.ID, Who: p.rows(v), Suspended: access.suspended}
	data.Who[0].Href = "" // it is this page
	for _, section := range spec.Decided() {
		level := access.levels[section.Name]
		tag := pages.Tag{Text: v.T("desk.access.practice")}
		switch level {
		case "none":
			tag = pages.Tag{Text: v.T("desk.access.none"), Kind: "bad"}
		case "view":
			tag = pages.Tag{Text: v.T("desk.access.view"), Kind: "good"}
		case "manage":
			tag = pages.Tag{Text: v.T("desk.access.manage"), Kind: "good"}
		}
		data.Open = append(data.Open, pages.Row{Key: section.Title, Tag: tag})
	}
	if access.from != "" {
		data.Open = append(data.Open, pages.Row{Key: v.T("desk.access.from"), Value: v.Shell().When(access.from)})
	}
	data.Preset = pages.Field{ID: "preset", Label: v.T("desk.access.preset"), Hint: v.T("desk.access.preset.hint")}
	data.Preset.Options = []pages.Option{{Label: v.T("desk.access.choose")}} // nobody is to close a record by one click
	for _, preset := range spec.Presets() {
		data.Preset.Options = append(data.Preset.Options, pages.Option{Value: preset.Name, Label: preset.Title})
	}
	return data, nil
}

// readAccess reads a Parameters resource of $online-access.
func readAccess(body []byte) (a onlineAccess, err error) {
	var all struct {
		Parameter []struct {
			Name, ValueDateTime string
			ValueBoolean        bool
			Part                []struct{ Name, ValueCode string }
		}
	}
	if err := json.Unmarshal(body, &all); err != nil {
		return a, fhir.Fault("reading what is decided about online access", err)
	}
	a.levels = map[string]string{}
	for _, p := range all.Parameter {
		switch p.Name {
		case "suspended":
			a.suspended = p.ValueBoolean
		case "visible-from":
			a.from = p.ValueDateTime
		case "section":
			part := map[string]string{}
			for _, one := range p.Part {
				part[one.Name] = one.ValueCode
			}
			a.levels[part["name"]] = part["level"]
		}
	}
	return a, nil
}

// decideAccess switches online access off or on again, or sets how far the record is open.
func (s staff) decideAccess(v *pages.Visit) (*pages.Answer, error) {
	decision := map[string]any{"name": "suspended", "valueBoolean": v.Value("do") == "suspend"}
	switch v.Value("do") {
	case "suspend", "resume":
	case "preset":
		if v.Value("preset") == "" {
			data, err := s.personOf(v)
			fault := pages.Fault{Field: "preset", Text: v.T("desk.access.unchosen")}
			return v.Again("patient", v.T("desk.person"), data, fault), err
		}
		decision = map[string]any{"name": "preset", "valueCode": v.Value("preset")}
	default:
		return nil, fhir.Errorf(fhir.Invalid, "", "%s", v.T("error.form.broken"))
	}
	with, err := parametersOf([]map[string]any{decision})
	if err != nil {
		return nil, err
	}
	key := fhir.Key{Type: "Patient", ID: v.Path("id")}
	_, err = s.Call(v.Context(), v.Session, http.MethodPost, "online-access", key, with)
	if faults, ok := pages.FaultsOf(err, map[string]string{"": "preset"}); ok {
		data, err := s.personOf(v)
		return v.Again("patient", v.T("desk.person"), data, faults...), err
	}
	return v.Goto("/desk/patients/" + key.ID + "?done=access." + v.Value("do")), err
}
