package signin

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
)

// searchForm is what a member of staff typed to find a patient, and who was found.
type searchForm struct {
	App                            string
	As                             string
	Number, Name, Day, Month, Year string
	Searched                       bool
	Found                          []found
}

// Count says how many were found.
func (f searchForm) Count() string {
	if len(f.Found) == 1 {
		return "1 patient found"
	}
	return strconv.Itoa(len(f.Found)) + " patients found"
}

// found is a patient who was found.
type found struct{ ID, Name, Born, Number string }

// showPatientSearch asks a member of staff which patient the app is for (SMART App Launch 2.2, launch/patient when
// standalone).
func (p *Pages) showPatientSearch(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked) {
	p.search(w, r, v, asked, searchForm{}, nil)
}

// findPatient shows who fits what was typed. It is sent by POST, so that no name or number gets into an address.
func (p *Pages) findPatient(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked) {
	form := searchForm{
		Number: r.PostFormValue("number"), Name: strings.TrimSpace(r.PostFormValue("name")),
		Day: strings.TrimSpace(r.PostFormValue("day")), Month: strings.TrimSpace(r.PostFormValue("month")), Year: strings.TrimSpace(r.PostFormValue("year")),
	}
	by, faults := form.criteria(p.Now())
	if faults != nil {
		p.search(w, r, v, asked, form, faults)
		return
	}
	role, err := p.staffRole(r, v, asked)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	people, err := p.People.Find(r.Context(), v.Account, role, by)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	form.Searched = true
	for _, one := range people {
		form.Found = append(form.Found, found{one.ID, one.Name, pages.Date(one.Born), spaced(one.NHSNumber)})
	}
	p.search(w, r, v, asked, form, nil)
}

// search shows the form. Who isn't staff has nothing to look for here.
func (p *Pages) search(w http.ResponseWriter, r *http.Request, v *visitor, asked *Asked, form searchForm, faults []fault) {
	role, err := p.staffRole(r, v, asked)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	form.App, form.As = asked.App, role.As
	title := "Find a patient"
	if form.Searched { // a screen reader says the title first
		title = form.Count() + " – " + title
	}
	shown := v.form(title, asked, form)
	shown.Faults = faults
	p.show(w, r, http.StatusOK, "patient", shown)
}

// staffRole is the one in which the visitor may look for patients.
func (p *Pages) staffRole(r *http.Request, v *visitor, asked *Asked) (Role, error) {
	all, err := p.People.Roles(r.Context(), v.Account)
	if err != nil {
		return Role{}, err
	}
	for _, role := range fitting(all, asked, v.Account, r.FormValue("as")) {
		if role.Staff {
			return role, nil
		}
	}
	return Role{}, fhir.Errorf(fhir.Forbidden, "", "Only staff of a practice can look for patients.")
}

var (
	notDigit  = regexp.MustCompile(`[\s-]`)
	tenDigits = regexp.MustCompile(`^[0-9]{10}$`)
)

// criteria is what to look by, or what must be put right first. A name alone would show too many who aren't meant.
func (f searchForm) criteria(now time.Time) (Criteria, []fault) {
	if number := notDigit.ReplaceAllString(f.Number, ""); number != "" {
		if !tenDigits.MatchString(number) {
			return Criteria{}, []fault{{Field: "number", Text: "Enter an NHS number of 10 digits, like 900 000 0009"}}
		}
		return Criteria{NHSNumber: number}, nil
	}
	if f.Name == "" && f.Day+f.Month+f.Year == "" {
		return Criteria{}, []fault{{Field: "number", Text: "Enter an NHS number, or a name and a date of birth"}}
	}
	var faults []fault
	if f.Name == "" {
		faults = append(faults, fault{Field: "name", Text: "Enter the patient’s name"})
	}
	born, ok := f.born(now)
	if !ok {
		faults = append(faults, fault{Field: "day", Text: "Enter a date of birth in the past, like 27 3 1980"})
	}
	return Criteria{Name: f.Name, Born: born}, faults
}

// born is the date of birth that was typed, as FHIR writes it.
func (f searchForm) born(now time.Time) (string, bool) {
	day, dayErr := strconv.Atoi(f.Day)
	month, monthErr := strconv.Atoi(f.Month)
	year, yearErr := strconv.Atoi(f.Year)
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	// time.Date makes 30 February a day in March.
	real := date.Year() == year && int(date.Month()) == month && date.Day() == day
	if dayErr != nil || monthErr != nil || yearErr != nil || !real || year < 1850 || date.After(now) {
		return "", false
	}
	return date.Format(time.DateOnly), true
}

// spaced is an NHS number as it is printed on letters: 900 000 0009.
func spaced(number string) string {
	if !tenDigits.MatchString(number) {
		return number
	}
	return number[:3] + " " + number[3:6] + " " + number[6:]
}
