package practice_test

import (
	"net/http"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// refused is an answer as far as it tells why: without its reference.
func (a answer) refused() string {
	_, _, text := a.issue()
	return http.StatusText(a.status) + a.header.Get("WWW-Authenticate") + text
}

func TestP8_WhoIsSuspendedIsRefusedLikeWhoNeverHadAccess(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, bob, doc, dad := p.patient("ann"), p.patient("bob"), p.staff(), p.proxy()
		p.set("Patient", "bob", online.Person{Sections: levels(access.None, nil)}) // the practice offers Bob nothing
		never := bob.is(http.StatusUnauthorized, bob.get("/Patient/bob"))
		p.must(p.state.Revoke(t.Context(), bob.approval.ID)) // and this is a token whose approval is gone
		if gone := bob.get("/Patient/bob"); gone.refused() != never.refused() {
			t.Errorf("never offered: %s; revoked: %s", never.refused(), gone.refused())
		}
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", parameters("suspended", "Boolean", "true")))
		if a := ann.get("/Patient/ann"); a.refused() != never.refused() {
			t.Errorf("suspended: %s; never offered: %s", a.refused(), never.refused())
		}
		dad.is(http.StatusUnauthorized, dad.get("/Patient/ann"))
		if _, err := p.state.Live(t.Context(), ann.approval.ID); err == nil {
			t.Error("a refresh would be answered")
		}
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", parameters("suspended", "Boolean", "false")))
		ann.is(http.StatusOK, ann.get("/Condition/asthma"))
		dad.is(http.StatusOK, dad.get("/Condition/asthma"))
	})
}

func TestP11_AProxyIsSuspendedWithoutThePatient(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, dad, doc := p.patient("ann"), p.proxy(), p.staff()
		sections := `{"resourceType":"Parameters","parameter":[{"name":"section","part":[{"name":"name","valueCode":"record"},{"name":"level","valueCode":"none"}]}]}`
		doc.is(http.StatusOK, doc.post("/RelatedPerson/dad/$online-access", sections))
		dad.is(http.StatusForbidden, dad.get("/Condition/asthma"))
		dad.is(http.StatusOK, dad.get("/Observation/hba1c"))
		ann.is(http.StatusOK, ann.get("/Condition/asthma"))
		doc.is(http.StatusOK, doc.post("/RelatedPerson/dad/$online-access", parameters("suspended", "Boolean", "true")))
		dad.is(http.StatusUnauthorized, dad.get("/Observation/hba1c"))
		ann.is(http.StatusOK, ann.get("/Observation/hba1c"))
	})
}
