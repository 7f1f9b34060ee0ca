package practice_test

import (
	"net/http"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/online"
)

func TestP9_TheSecondPasswordOpensTheSaferViewAndNothingTellsOfTheOther(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		const own, safer = "correct horse battery", "another horse entirely"
		p.must(p.state.SetPassword(t.Context(), "ann", own))
		if p.state.SetSafer(t.Context(), "ann", own) == nil {
			t.Error("both passwords may be the same")
		}
		p.must(p.state.SetSafer(t.Context(), "ann", safer))
		doc := p.staff()
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access",
			`{"resourceType":"Parameters","parameter":[{"name":"safer","part":[{"name":"name","valueCode":"appointments"},{"name":"level","valueCode":"manage"}]},
			{"name":"safer","part":[{"name":"name","valueCode":"results"},{"name":"level","valueCode":"view"}]}]}`))
		// Bob's practice offers him just what Ann's safer view has.
		offered := levels(access.None, map[string]access.Level{"appointments": access.Manage, "results": access.CanView})
		p.set("Patient", "bob", online.Person{Sections: offered})
		signedIn := func(password string) *client {
			account, err := p.state.Authenticate(t.Context(), "ann", password, state.From{Address: "192.0.2.1"})
			p.must(err)
			_, session, err := p.state.SignIn(t.Context(), account)
			p.must(err)
			return p.approved(state.Approval{Client: "app", Account: "ann", Subject: account.Subject, Person: "Patient/ann", Patient: "ann",
				Scopes: "patient/*.cruds", Safer: session.Safer})
		}
		full, reduced, bob := signedIn(own), signedIn(safer), p.patient("bob")
		full.is(http.StatusOK, full.get("/Condition/asthma"))
		reduced.is(http.StatusOK, reduced.get("/Observation/hba1c"))
		// The trail tells what other apps saw, so in the safer view it is closed, as where a practice doesn't show it.
		reduced.is(http.StatusForbidden, reduced.get("/AuditEvent"))
		for _, path := range []string{"/Condition/asthma", "/Communication", "/Observation/weight", "/MedicationRequest/inhaler", "/Patient/ann/$online-access", "/Consent"} {
			if a, b := reduced.get(path), bob.get(path); a.status != b.status || a.refused() != b.refused() {
				t.Errorf("%s: in the safer view %s, where no more is offered %s", path, a.refused(), b.refused())
			}
		}
	})
}
