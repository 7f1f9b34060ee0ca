package record_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/pages/sitetest"
)

// repeat is a repeat prescription of ann.
func repeat(id, name, end string, allowed int) string {
	return fmt.Sprintf(`{"resourceType":"MedicationRequest","id":%q,"status":"active","intent":"plan",
		"medicationCodeableConcept":{"text":%q},"subject":{"reference":"Patient/ann"},
		"dosageInstruction":[{"text":"Take ONE a day"}],"dispenseRequest":{"validityPeriod":{"end":%q},
		"numberOfRepeatsAllowed":%d,"expectedSupplyDuration":{"value":28,"code":"d",
		"system":"http://unitsofmeasure.org"}}}`, id, name, end, allowed)
}

// medicines is a practice where ann has repeats that are good, ended and used up, and a pharmacy.
func medicines(t *testing.T) *sitetest.Practice {
	t.Helper()
	p := open(t)
	p.Put(repeat("good", "Ramipril", "2099-01-01", 6), repeat("other", "Atorvastatin", "2099-01-01", 6),
		repeat("ended", "Gliclazide", "2020-01-01", 6), repeat("used", "Salbutamol", "2099-01-01", 1),
		`{"resourceType":"MedicationRequest","id":"o","status":"completed","intent":"order",
			"authoredOn":"2026-01-05T10:00:00Z",
			"medicationCodeableConcept":{"text":"Salbutamol"},"subject":{"reference":"Patient/ann"},
			"basedOn":[{"reference":"MedicationRequest/used"}]}`,
		`{"resourceType":"MedicationRequest","id":"g","status":"completed","intent":"order",
			"authoredOn":"2026-01-05T10:00:00Z",
			"medicationCodeableConcept":{"text":"Ramipril"},"subject":{"reference":"Patient/ann"},
			"basedOn":[{"reference":"MedicationRequest/good"}]}`,
		`{"resourceType":"Organization","id":"market","name":"Market Pharmacy"}`)
	p.SignIn("ann")
	return p
}

// orders are the ids of ann's orders, by her page.
func orders(p *sitetest.Practice) (ids []string) {
	for _, link := range p.Get("/record/prescriptions").All("a") {
		if _, id, ok := strings.Cut(markup.Attr(link, "href"), "/orders/"); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestP4_SeveralRepeatsAreOrderedAtOnceAndOnce(t *testing.T) {
	p := medicines(t)
	page := p.Get("/record/prescriptions").Is(http.StatusOK).Says(
		"Take ONE a day. Last issued on 5 January 2026, next due about 2 February 2026",
		"Salbutamol 5 January 2026 Used up", "Ended: ask for a review", "Not issued yet")
	page.Sound(t.Errorf)
	p.Submit(page, "/record/prescriptions", nil).Is(http.StatusUnprocessableEntity).Says("Choose what you need").
		Sound(t.Errorf)
	typed := url.Values{"repeat": {"good", "other"}, "note": {"Going away"}, "pharmacy": {"Organization/market"}}
	for range 2 {
		p.Submit(page, "/record/prescriptions", typed).Leads("/record/prescriptions?done=ordered")
	}
	if n := p.Count("Task?patient=ann"); n != 2 {
		t.Errorf("%d orders", n)
	}
	p.Get("/record/prescriptions?done=ordered").Says("Your order has been sent", "Waiting for the practice", "Ordered").
		Sound(t.Errorf)
	p.Get("/record").Says("2 orders for medicine").Sound(t.Errorf)
	one := p.Get("/record/prescriptions/orders/"+orders(p)[0]).Says("Going away", "Market Pharmacy")
	one.Sound(t.Errorf)
	// The form of a page from before says why it can't be.
	values := markup.Fields(page.Form("/record/prescriptions"))
	values.Set("token", "another")
	values["repeat"] = []string{"good"}
	p.Do(http.MethodPost, "/record/prescriptions", values).Is(http.StatusUnprocessableEntity).Says("is ordered already")
}

func TestP4_AnOrderIsTakenBackWhileRequestedAndARejectionSaysWhy(t *testing.T) {
	p := medicines(t)
	page := p.Get("/record/prescriptions")
	p.Submit(page, "/record/prescriptions", url.Values{"repeat": {"good"}})
	at := "/record/prescriptions/orders/" + orders(p)[0]
	open := p.Get(at)
	p.Submit(open, at, nil).Leads("/record/prescriptions?done=withdrawn")
	p.Get(at).Says("Cancelled").Hides("Cancel this order")
	p.Put(`{"resourceType":"Task","id":"no","status":"rejected","intent":"order",
		"statusReason":{"text":"You have enough."},
		"code":{"coding":[{"system":"http://snomed.info/sct","code":"103742009"}]},"description":"Ramipril",
		"focus":{"reference":"MedicationRequest/good"},"for":{"reference":"Patient/ann"}}`)
	p.Get("/record/prescriptions/orders/no").Says("Not accepted", "You have enough.").Sound(t.Errorf)
	levels(p, "ann", map[string]access.Level{"prescriptions": access.CanView})
	p.Get("/record/prescriptions").Is(http.StatusOK).Says("Ramipril").Hides("Pharmacy")
	values := markup.Fields(page.Form("/record/prescriptions"))
	values.Set("token", "another")
	p.Do(http.MethodPost, "/record/prescriptions", values).Is(http.StatusNotFound).Says("There is nothing at this address")
	mary := p.Another()
	mary.SignIn("mary")
	mary.Get(at).Is(http.StatusNotFound)
}
