package signin

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"frontdesk/handlers/smart/state"
)

func TestAProxyChoosesForWhom(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("mary")
	b.Get("/auth/consent?request=r1").Leads("/auth/choose?request=r1")
	page := b.Get("/auth/choose?request=r1").Is(http.StatusOK).Says("Mary Jones Your own record", "Tom Jones You can act for this person. Born November 2019.")
	b.Submit(page, "/auth/consent", nil).Is(http.StatusOK).Says("use your record?")
	page = b.Submit(page, "/auth/consent", url.Values{"as": {"RelatedPerson/3"}}).Is(http.StatusOK).
		Says("use Tom Jones’s record?", "Born November 2019", "Choose another record")
	b.Submit(page, "/auth/consent", url.Values{"answer": {"allow"}, "for": {"stopped"}}).Leads("https://app.example/callback?code=1")
	if want := []Decision{{As: "RelatedPerson/3", Patient: "tom", Sections: []string{"results", "prescriptions"}}}; !reflect.DeepEqual(w.decisions, want) {
		t.Errorf("decided %+v, not %+v", w.decisions, want)
	}
}

func TestWhoHasOneRecordIsNotAskedWhose(t *testing.T) {
	b := newWorld().browse(t)
	b.signIn("ann")
	b.Get("/auth/consent?request=r1").Is(http.StatusOK).Hides("Choose another record")
	b.Get("/auth/choose?request=r1").Leads("/auth/consent?request=r1")
}

func TestNobodyDecidesForAPersonTheyCannotActFor(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	for _, as := range []string{"RelatedPerson/3", "Patient/mary", "Practitioner/2"} {
		b.Get("/auth/consent?request=r1&as="+as).Is(http.StatusForbidden).Says("You can't use Health Diary for this record").Hides("Tom", "Mary")
		b.Submit(b.Get("/auth/consent?request=r1"), "/auth/consent", url.Values{"as": {as}, "answer": {"allow"}}).Is(http.StatusForbidden)
	}
	// The patient is that of the role, whatever the form says.
	b.Submit(b.Get("/auth/consent?request=r1"), "/auth/consent", url.Values{"patient": {"mary"}, "answer": {"allow"}})
	if len(w.decisions) != 1 || w.decisions[0].Patient != "ann" {
		t.Errorf("decided %+v", w.decisions)
	}
	w.roles["ann"] = nil
	b.Get("/auth/consent?request=r1").Is(http.StatusForbidden)
}

func TestARequestWithoutAPatientIsAnsweredAsOneself(t *testing.T) {
	w := newWorld()
	r := w.asked["r1"]
	r.Patient, r.User = false, true
	b := w.browse(t)
	b.signIn("mary")
	page := b.Get("/auth/consent?request=r1").Is(http.StatusOK).Says("use every record that you can see?")
	b.Submit(page, "/auth/consent", url.Values{"answer": {"allow"}, "for": {"once"}})
	if len(w.decisions) != 1 || w.decisions[0].As != "Patient/mary" || w.decisions[0].Patient != "" {
		t.Errorf("decided %+v", w.decisions)
	}
	staff := w.browse(t)
	staff.signIn("drlee")
	staff.Get("/auth/consent?request=r1").Says("use the records of your practice’s patients?", "only an app that your practice has agreed to").Hides("Born")
}

func TestAnEHRLaunchSetsThePatient(t *testing.T) {
	w := newWorld()
	w.asked["r1"].Launch = &state.Launch{Patient: "tom"}
	mary, ann, staff := w.browse(t), w.browse(t), w.browse(t)
	mary.signIn("mary")
	mary.Get("/auth/consent?request=r1").Is(http.StatusOK).Says("use Tom Jones’s record?").Hides("Choose another record")
	mary.Get("/auth/consent?request=r1&as=Patient/mary").Is(http.StatusForbidden)
	ann.signIn("ann")
	ann.Get("/auth/consent?request=r1").Is(http.StatusForbidden).Hides("Tom")
	staff.signIn("drlee")
	staff.Get("/auth/consent?request=r1").Is(http.StatusNotFound).Hides("Tom")

	w.asked["r1"].Launch.Patient = "mary"
	w.asked["r1"].User = true
	page := staff.Get("/auth/consent?request=r1&patient=tom").Is(http.StatusOK).
		Says("use Mary Jones’s record?", "Born 1 May 1980", "It also asks for the records of your practice’s patients")
	staff.Submit(page, "/auth/consent", url.Values{"patient": {"tom"}, "answer": {"allow"}})
	if len(w.decisions) != 1 || w.decisions[0].As != "Practitioner/2" || w.decisions[0].Patient != "mary" {
		t.Errorf("decided %+v", w.decisions)
	}
}

func TestA8_ALaunchOfOneMemberOfStaffIsNoUseToAnother(t *testing.T) {
	w := newWorld()
	w.asked["r1"].Launch = &state.Launch{Patient: "mary", Account: "drlee"}
	b := w.browse(t)
	b.signIn("mary")
	b.Get("/auth/consent?request=r1").Is(http.StatusForbidden).Says("Health Diary was opened for somebody else")
	b.Do(http.MethodPost, "/auth/consent", url.Values{"csrf": {"token of cookie-0"}, "request": {"r1"}, "answer": {"deny"}}).Is(http.StatusForbidden)
	if len(w.decisions) > 0 {
		t.Errorf("decided %+v", w.decisions)
	}
}

func TestStaffFindThePatient(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("drlee")
	b.Get("/auth/consent?request=r1").Leads("/auth/patient?request=r1")
	page := b.Get("/auth/patient?request=r1").Is(http.StatusOK).Hides("found")
	for _, search := range []struct {
		typed url.Values
		want  Criteria
	}{
		{url.Values{"number": {" 900 000-0009 "}}, Criteria{NHSNumber: "9000000009"}},
		{url.Values{"name": {" Jones "}, "day": {"1"}, "month": {"05"}, "year": {"1980"}}, Criteria{Name: "Jones", Born: "1980-05-01"}},
		{url.Values{"name": {"Jones"}, "day": {"29"}, "month": {"2"}, "year": {"2024"}}, Criteria{Name: "Jones", Born: "2024-02-29"}},
	} {
		w.found = nil
		result := b.Submit(page, "/auth/patient", search.typed).Is(http.StatusOK).Says("1 patient found", "Mary Jones Born 1 May 1980 NHS number 900 000 0009")
		if !reflect.DeepEqual(w.found, []Criteria{search.want}) {
			t.Errorf("%v: looked for %+v, not %+v", search.typed, w.found, search.want)
		}
		b.Submit(result, "/auth/consent", nil).Is(http.StatusOK).Says("use Mary Jones’s record?", "Born 1 May 1980")
	}
	b.Submit(page, "/auth/patient", url.Values{"number": {"9434765919"}}).Says("0 patients found", "Check what you entered")
	b.Get("/auth/consent?request=r1&as=Practitioner/2&patient=elsewhere").Is(http.StatusNotFound)
}

func TestASearchThatIsTooWideIsNotMade(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("drlee")
	page := b.Get("/auth/patient?request=r1")
	for _, wrong := range []struct {
		typed url.Values
		says  string
	}{
		{url.Values{}, "Enter an NHS number, or a name and a date of birth"},
		{url.Values{"number": {"90000000"}}, "Enter an NHS number of 10 digits"},
		{url.Values{"number": {"٩٠٠٠٠٠٠٠٠٩"}}, "Enter an NHS number of 10 digits"},
		{url.Values{"name": {"Jones"}}, "Enter a date of birth in the past"},
		{url.Values{"day": {"1"}, "month": {"5"}, "year": {"1980"}}, "Enter the patient’s name"},
		{url.Values{"name": {"Jones"}, "day": {"30"}, "month": {"2"}, "year": {"1980"}}, "Enter a date of birth in the past"},
		{url.Values{"name": {"Jones"}, "day": {"1"}, "month": {"1"}, "year": {"2027"}}, "Enter a date of birth in the past"},
		{url.Values{"name": {"Jones"}, "day": {"1"}, "month": {"1"}, "year": {"80"}}, "Enter a date of birth in the past"},
		{url.Values{"name": {"Jones"}, "day": {"x"}, "month": {"1"}, "year": {"1980"}}, "Enter a date of birth in the past"},
	} {
		b.Submit(page, "/auth/patient", wrong.typed).Is(http.StatusUnprocessableEntity).Says(wrong.says)
	}
	if len(w.found) > 0 {
		t.Errorf("looked for %+v", w.found)
	}
}

func TestOnlyStaffLookForPatients(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	b.Get("/auth/patient?request=r1").Is(http.StatusForbidden).Says("Only staff")
	b.Do(http.MethodPost, "/auth/patient", url.Values{"csrf": {"token of cookie-0"}, "request": {"r1"}, "number": {"9000000009"}}).Is(http.StatusForbidden).Hides("Mary")
	if len(w.found) > 0 {
		t.Errorf("looked for %+v", w.found)
	}
}
