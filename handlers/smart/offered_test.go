package smart_test

import (
	"net/http"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/signin"
	"frontdesk/store/online"
)

// decide decides on online access of Annie's.
func (w *world) decide(settings any) {
	w.t.Helper()
	must(w.t, online.Set(w.t.Context(), w.store, fhir.Key{Type: "Patient", ID: "annie"}, settings))
}

func TestP8_WhoIsSuspendedGetsNoTokenAndIsToldWhatWhoNeverHadAccessIsTold(t *testing.T) {
	w := newWorld(t)
	w.register()
	a := w.tokens(map[string]string{"scope": "launch/patient patient/*.rs offline_access"})
	w.decide(online.Person{Suspended: true})
	if w.alive(a.str("access_token")) {
		t.Error("a live token is good on the next request")
	}
	suspended := w.refresh(a.str("refresh_token"), nil)
	w.refuses("a refresh", suspended, "invalid_grant")
	if w.authorize(nil) != nil || w.person.failed == nil {
		t.Error("an app is given access")
	}
	told := w.person.failed
	// Nothing is offered: the practice opens no section.
	w.decide(online.Person{Sections: map[string]access.Level{"appointments": 0, "prescriptions": 0, "results": 0, "messages": 0, "record": 0}})
	w.authorize(nil)
	if told == nil || w.person.failed == nil || told.Error() != w.person.failed.Error() {
		t.Errorf("suspended: %v; never offered: %v", told, w.person.failed)
	}
	w.decide(online.Person{})
	if !w.alive(a.str("access_token")) {
		t.Error("taken up again, the token isn't good")
	}
}

func TestP9_WhatIsAllowedInTheSaferViewIsMarkedAndNothingElseDiffers(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.decide(online.Person{Safer: map[string]access.Level{"appointments": access.Manage}})
	w.person.session.Safer = true
	w.person.decision = signin.Decision{As: "Patient/annie", Patient: "annie"}
	a := w.tokens(map[string]string{"scope": "launch/patient patient/*.rs offline_access"})
	approval, err := w.state.Approval(t.Context(), claims(t, a.str("access_token"))["approval"].(string))
	must(t, err)
	if !approval.Safer {
		t.Error("the approval opens everything")
	}
	if again := w.refresh(a.str("refresh_token"), nil); again.status != http.StatusOK || again.str("scope") != a.str("scope") {
		t.Errorf("a refresh: %d %v", again.status, again.body)
	}
	w.person.session.Safer = false
	full := w.tokens(map[string]string{"scope": "launch/patient patient/*.rs offline_access"})
	if full.str("scope") != a.str("scope") || len(full.body) != len(a.body) {
		t.Errorf("the responses differ: %v, %v", full.body, a.body)
	}
}
