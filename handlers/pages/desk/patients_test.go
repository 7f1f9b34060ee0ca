package desk_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages/desk"
)

// look knows one reference.
func look(_ context.Context, reference string) ([]desk.Happened, error) {
	if reference != "K7QM-P2RD-X9TW" {
		return nil, nil
	}
	return []desk.Happened{{When: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), What: "create", App: "kiosk", As: "Patient",
		Status: 409, Cause: "The slot is taken."}}, nil
}

// P13: a reference is known however it is typed, and the answer says what to tell the caller.
func TestP13_AReferenceIsLookedUp(t *testing.T) {
	p := practice(t)
	page := sound(t, p.Get("/desk/support"))
	found := p.Submit(page, "/desk/support", url.Values{"reference": {"k7qm p2rd x9tw"}})
	sound(t, found).Says("The slot is taken.", "kiosk", "1 March 2026", "somebody else was faster")
	p.Submit(page, "/desk/support", url.Values{"reference": {"none"}}).Says("Nothing is known of this reference")
}

// Staff find patients by what callers say of themselves, and are told what is wrong with it.
func TestPatientsAreFound(t *testing.T) {
	p := practice(t)
	p.Put(`{"resourceType":"Patient","id":"ida","name":[{"family":"Reed","given":["Ida"]}],"birthDate":"1970-02-03",
		"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9000000009"}],
		"managingOrganization":{"reference":"Organization/here"}}`)
	page := sound(t, p.Get("/desk/patients"))
	for _, by := range []url.Values{{"name": {"reed ida"}}, {"nhs": {"900 000 0009"}},
		{"born-day": {"3"}, "born-month": {"2"}, "born-year": {"1970"}}} {
		sound(t, p.Submit(page, "/desk/patients", by)).Says("Ida Reed", "3 February 1970", "900 000 0009").
			Hides("Ann Hill")
	}
	p.Submit(page, "/desk/patients", url.Values{"name": {"nobody"}}).Says("Nobody fits")
	wrong := p.Submit(page, "/desk/patients", url.Values{"born-day": {"31"}, "born-month": {"2"}, "born-year": {"1970"}})
	wrong.Is(http.StatusUnprocessableEntity).Says("That is no date")
	wrong.Sound(t.Errorf)
	wrong = p.Submit(page, "/desk/patients", url.Values{"nhs": {"1234567890"}}).Is(http.StatusUnprocessableEntity)
	wrong.Sound(t.Errorf)
}

// P8: who is switched off is refused from the next click on, and comes back when it is taken back.
func TestP8_OnlineAccessIsSwitchedOffAndOn(t *testing.T) {
	p := practice(t)
	ann := p.Another()
	ann.SignIn("ann")
	ann.Get("/record").Is(http.StatusOK)
	const path = "/desk/patients/ann"
	page := sound(t, p.Get(path)).Says("Ann Hill", "Switch off now")
	page = sound(t, p.Follow(p.Submit(page, path, url.Values{"do": {"suspend"}}))).Says("Online access is switched off.")
	if status := ann.Get("/record").StatusCode; status == http.StatusOK {
		t.Error("ann still sees her record")
	}
	p.Follow(p.Submit(page, path, url.Values{"do": {"resume"}})).Says("Switch off now")
	ann.Get("/record").Is(http.StatusOK)
	p.Get("/desk/patients/nobody").Is(http.StatusNotFound)
}

// P6: a preset sets how far the record is open.
func TestP6_APresetIsSet(t *testing.T) {
	p := practice(t)
	p.Put(`{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/ann"},"code":{"text":"Asthma"}}`)
	condition := fhir.Key{Type: "Condition", ID: "c"}
	if _, err := as(t, p, "ann", "Patient/ann").Read(t.Context(), condition); err != nil {
		t.Fatal(err)
	}
	const path = "/desk/patients/ann"
	wrong := p.Submit(p.Get(path), path, url.Values{"do": {"preset"}, "preset": {""}})
	wrong.Is(http.StatusUnprocessableEntity).Says("Choose how far").Sound(t.Errorf)
	p.Follow(p.Submit(p.Get(path), path, url.Values{"do": {"preset"}, "preset": {"summary-historical"}})).
		Says("How far the record is open was changed", "Closed", "Can be seen")
	if _, err := as(t, p, "ann", "Patient/ann").Read(t.Context(), condition); err == nil {
		t.Error("ann sees it still")
	}
	wrong = p.Submit(p.Get(path), path, url.Values{"do": {"preset"}, "preset": {"everything"}})
	wrong.Is(http.StatusUnprocessableEntity).Sound(t.Errorf)
}
