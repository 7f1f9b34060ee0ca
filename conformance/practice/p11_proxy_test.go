package practice_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/online"
)

// mother is a second proxy of Ann's, with an account of her own. Nothing is set for her yet.
func (p *practice) mother() *client {
	p.Helper()
	p.load(`{"resourceType":"RelatedPerson","id":"mum","active":true,"patient":{"reference":"Patient/ann"}}`)
	p.must(p.state.AddAccount(p.Context(), state.Account{Name: "mum", Person: "RelatedPerson/mum"}, ""))
	return p.person("mum", "ann", "patient/*.cruds")
}

func TestP11_EachProxyHasSectionsOfHisOrHerOwn(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, dad, mum, doc := p.patient("ann"), p.proxy(), p.mother(), p.staff()
		dad.is(http.StatusOK, dad.get("/Condition/asthma"))
		if a := mum.get("/Condition/asthma"); a.status == http.StatusOK {
			t.Errorf("a proxy for whom nothing was set reads: %s", a.body)
		}
		set := func(who string, sections ...string) {
			t.Helper()
			var all []string
			for _, section := range sections {
				name, level, _ := strings.Cut(section, ":")
				all = append(all, `{"name":"section","part":[{"name":"name","valueCode":"`+name+`"},{"name":"level","valueCode":"`+level+`"}]}`)
			}
			doc.is(http.StatusOK, doc.post("/"+who+"/$online-access", `{"resourceType":"Parameters","parameter":[`+strings.Join(all, ",")+`]}`))
		}
		set("RelatedPerson/mum", "prescriptions:manage", "record:none")
		mum.sees("/MedicationRequest", "MedicationRequest/inhaler")
		if a := mum.post("/Communication", p.message("RelatedPerson/mum", "ann", "Hello", nil)); a.status == http.StatusCreated {
			t.Errorf("a proxy writes to the practice, though messages are closed to her: %s", a.body)
		}
		dad.sends(p.message("RelatedPerson/dad", "ann", "Hello", nil))
		dad.is(http.StatusOK, dad.get("/Condition/asthma"))
		mum.hidden("Condition", "asthma")
		mum.ordered("inhaler")
		dad.refused("the order that the other proxy has made", dad.post("/Task", ordering("ann", "inhaler")), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		// No proxy sees more than the patient, and what is set for one changes nothing for another.
		set("RelatedPerson/dad", "record:manage")
		p.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.None}})
		ann.hidden("Condition", "asthma")
		dad.hidden("Condition", "asthma")
		mum.sees("/MedicationRequest", "MedicationRequest/inhaler")
	})
}

func TestP11_AProxyIsRevokedWithoutTouchingThePatientOrAnother(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, dad, mum, doc := p.patient("ann"), p.proxy(), p.mother(), p.staff()
		p.set("RelatedPerson", "mum", online.Person{Sections: online.Defaults().Sections})
		others := func() {
			t.Helper()
			for _, c := range []*client{ann, mum} {
				c.is(http.StatusOK, c.get("/Condition/asthma"))
			}
		}
		dad.is(http.StatusOK, dad.get("/Condition/asthma"))
		others()
		ended := doc.get("/RelatedPerson/dad")
		doc.is(http.StatusOK, doc.put("/RelatedPerson/dad", p.with(ended.body, map[string]any{"active": false}), ended.version()))
		if a := dad.get("/Condition/asthma"); a.status == http.StatusOK {
			t.Errorf("who is a proxy no more reads: %s", a.body)
		}
		if a := dad.get("/Patient/ann"); a.status == http.StatusOK {
			t.Errorf("who is a proxy no more reads: %s", a.body)
		}
		others()
	})
}
