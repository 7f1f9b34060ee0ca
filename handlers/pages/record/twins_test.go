package record_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/sitetest"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/online"
)

// entries is a record, the same for whoever it is of; hidden has one more of each kind.
func entries(who string, hidden bool) (all []string) {
	kinds := []string{
		`"resourceType":"Condition","code":{"text":"%[2]s"},"subject":{"reference":"Patient/%[3]s"}`,
		`"resourceType":"AllergyIntolerance","code":{"text":"%[2]s"},"clinicalStatus":{"coding":[{"code":"active",
			"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"}]},
			"patient":{"reference":"Patient/%[3]s"}`,
		`"resourceType":"Immunization","status":"completed","vaccineCode":{"text":"%[2]s"},"occurrenceDateTime":
			"2026-01-02","patient":{"reference":"Patient/%[3]s"}`,
		`"resourceType":"Observation","status":"final","code":{"coding":[{"code":"weight"}],"text":"Weight"},
			"effectiveDateTime":"2026-01-0%[4]d","valueQuantity":{"value":7%[4]d,"unit":"kg"},
			"subject":{"reference":"Patient/%[3]s"}`,
		`"resourceType":"DocumentReference","status":"current","description":"%[2]s","date":"2026-11-2%[4]dT10:00:00Z",
			"content":[{"attachment":{"contentType":"text/plain","data":"QQ=="}}],"subject":{"reference":"Patient/%[3]s"}`,
		`"resourceType":"MedicationRequest","status":"active","intent":"plan","subject":{"reference":"Patient/%[3]s"},
			"medicationCodeableConcept":{"text":"%[2]s"}`,
		`"resourceType":"Appointment","status":"booked","start":"2099-01-0%[4]dT10:00:00Z","end":"2099-01-0%[4]dT10:10:00Z",
			"description":"%[2]s","participant":[{"actor":{"reference":"Patient/%[3]s"},"status":"accepted"}]`,
		`"resourceType":"Task","status":"requested","intent":"order","description":"%[2]s","for":{"reference":
			"Patient/%[3]s"},"code":{"coding":[{"system":"http://snomed.info/sct","code":"103742009"}]}`,
	}
	for n := 1; n <= 3; n++ {
		if n == 2 && !hidden {
			continue
		}
		for i, kind := range kinds {
			all = append(all, fmt.Sprintf(`{"id":"%[1]s-%[4]d-%[5]d",`+kind+`}`, who, fmt.Sprintf("Entry %d", n), who, n, i))
		}
	}
	return all
}

// hide hides what entries has more.
func hide(p *sitetest.Practice, who string) {
	p.T.Helper()
	everybody := p.Store.As(access.Everything("test"), store.Unobserved)
	for i, typ := range []string{"Condition", "AllergyIntolerance", "Immunization", "Observation", "DocumentReference",
		"MedicationRequest", "Appointment", "Task"} {
		must(p.T, everybody.Hide(p.T.Context(), fhir.Key{Type: typ, ID: fmt.Sprintf("%s-2-%d", who, i)}, true))
	}
}

// shown are the pages whose words are the same for both.
var shown = []string{"/record", "/record/appointments", "/record/prescriptions", "/record/results", "/record/health",
	"/record/health/problems", "/record/health/allergies", "/record/health/medicines", "/record/health/vaccinations",
	"/record/health/measurements", "/record/health/measurements/over-time?code=weight", "/record/health/letters",
	"/record/letters/WHO-1-4", "/record/letters/WHO-2-4", "/record/letters/WHO-2-4/file", "/record/appointments/WHO-1-6",
	"/record/appointments/WHO-2-6", "/record/appointments/WHO-2-6/cancel", "/record/appointments/WHO-2-6/calendar",
	"/record/appointments/free?instead=WHO-2-6", "/record/prescriptions/orders/WHO-1-7",
	"/record/prescriptions/orders/WHO-2-7"}

// TestP7_TwoPatientsAlikeButForHiddenEntriesSeeTheSame: whatever page they open (I2).
func TestP7_TwoPatientsAlikeButForHiddenEntriesSeeTheSame(t *testing.T) {
	p := open(t)
	for _, who := range []string{"una", "eve"} {
		p.Put(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"family":"Twin"}],
			"managingOrganization":{"reference":"Organization/here"}}`, who))
		p.AddAccount(state.Account{Name: who, Person: "Patient/" + who})
		p.Put(entries(who, who == "una")...)
	}
	hide(p, "una")
	una, eve := p.Another(), p.Another()
	una.SignIn("una")
	eve.SignIn("eve")
	for _, path := range shown {
		a := una.Get(strings.ReplaceAll(path, "WHO", "una"))
		b := eve.Get(strings.ReplaceAll(path, "WHO", "eve"))
		if told(a.Text()) != told(b.Text()) || a.StatusCode != b.StatusCode {
			t.Errorf("%s: %d %q\nand %d %q", path, a.StatusCode, told(a.Text()), b.StatusCode, told(b.Text()))
		}
		a.Hides("Entry 2")
		if len(a.All("a")) != len(b.All("a")) || len(a.All("circle")) != len(b.All("circle")) {
			t.Errorf("%s has more in one than in the other", path)
		}
	}
	una.Get("/record/health/problems").Says("Entry 1", "Entry 3")
}

// told is a page's text without ids and the reference for support.
func told(text string) string {
	text, _, _ = strings.Cut(text, "give this reference:")
	return strings.NewReplacer("una", "WHO", "eve", "WHO").Replace(text)
}

// TestP9_ASaferViewHasItsSectionsOnly: and nothing tells that there are others.
func TestP9_ASaferViewHasItsSectionsOnly(t *testing.T) {
	p := open(t)
	p.Put(entries("ann", false)...)
	must(t, online.Set(t.Context(), p.Store, fhir.Key{Type: "Patient", ID: "ann"},
		online.Person{Safer: map[string]access.Level{"appointments": access.Manage}}))
	account, err := p.State.Account(t.Context(), "ann")
	must(t, err)
	account.Safer = true
	cookie, _, err := p.State.SignIn(t.Context(), account, state.ByPassword)
	must(t, err)
	p.SignIn("ann")
	p.Get("/record").Says("Prescriptions", "Test results")
	p.Enter(cookie)
	p.Get("/record").Says("Appointments").Hides("Prescriptions", "Test results", "order for medicine", "letter")
	p.Get("/record/health").Hides("Problems", "Letters")
	p.Get("/record/results").Says("There is nothing at this address")
}
