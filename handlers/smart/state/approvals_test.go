package state_test

import (
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

func TestASessionEndsWhenItIsIdleTooOldOrSignedOut(t *testing.T) {
	s, clock := newState(t)
	a := annie(t, s)
	cookie, se, err := s.SignIn(t.Context(), a)
	must(t, err)
	for range 20 { // in use all the time
		clock.pass(25 * time.Minute)
		if got, err := s.Session(t.Context(), cookie); err != nil || got.ID != se.ID || got.CSRF != se.CSRF {
			t.Fatal(got, err)
		}
	}
	clock.pass(4 * time.Hour)
	_, err = s.Session(t.Context(), cookie)
	wants(t, "after 12 hours", err, fhir.NotFound)

	cookie, _, err = s.SignIn(t.Context(), a)
	must(t, err)
	clock.pass(31 * time.Minute)
	_, err = s.Session(t.Context(), cookie)
	wants(t, "after 31 idle minutes", err, fhir.NotFound)

	cookie, _, err = s.SignIn(t.Context(), a)
	must(t, err)
	must(t, s.SignOut(t.Context(), cookie))
	_, err = s.Session(t.Context(), cookie)
	wants(t, "signed out", err, fhir.NotFound)

	cookie, _, err = s.SignIn(t.Context(), a)
	must(t, err)
	must(t, s.Suspend(t.Context(), "annie", true))
	_, err = s.Session(t.Context(), cookie)
	wants(t, "suspended", err, fhir.NotFound)
}

func TestWhatWasApprovedEndsWithWhatItHangsOn(t *testing.T) {
	for what, end := range map[string]func(s *state.Store, cookie string, a state.Approval) error{
		"revoked":            func(s *state.Store, _ string, a state.Approval) error { return s.Revoke(t.Context(), a.ID) },
		"signed out":         func(s *state.Store, cookie string, _ state.Approval) error { return s.SignOut(t.Context(), cookie) },
		"the app is removed": func(s *state.Store, _ string, _ state.Approval) error { return s.RemoveClient(t.Context(), "app") },
		"account removed":    func(s *state.Store, _ string, _ state.Approval) error { return s.RemoveAccount(t.Context(), "annie") },
	} {
		s, _ := newState(t)
		acc := annie(t, s)
		must(t, s.AddClient(t.Context(), app("app")))
		must(t, s.AddClient(t.Context(), app("app2")))
		cookie, se, err := s.SignIn(t.Context(), acc)
		must(t, err)
		a, err := s.Approve(t.Context(), state.Approval{Client: "app", Account: "annie", Session: se.ID, Scopes: "online_access"})
		must(t, err)
		kept, err := s.Approve(t.Context(), state.Approval{Client: "app2", Account: "bob", Offline: true, Scopes: "offline_access"})
		must(t, err)
		seen := 0
		must(t, s.ApprovalsOf(t.Context(), "annie", func(got state.Approval) bool { seen++; return got.ID == a.ID }))
		if seen != 1 {
			t.Errorf("%s: %d approvals are listed", what, seen)
		}
		must(t, end(s, cookie, a))
		_, err = s.Approval(t.Context(), a.ID)
		wants(t, what, err, fhir.NotFound)
		if _, err = s.Approval(t.Context(), kept.ID); err != nil {
			t.Errorf("%s: another's ended too: %v", what, err)
		}
		must(t, s.ApprovalsOf(t.Context(), "annie", func(got state.Approval) bool { t.Errorf("%s: still listed", what); return false }))
	}
}

func TestAnApprovalEndsWhenThePersonSaidOrWhenItIsNotUsed(t *testing.T) {
	s, clock := newState(t)
	until, err := s.Approve(t.Context(), state.Approval{Client: "app", Account: "annie", Offline: true, Until: s.Now().Add(24 * time.Hour)})
	must(t, err)
	idle, err := s.Approve(t.Context(), state.Approval{Client: "app", Account: "annie", Offline: true})
	must(t, err)
	used, err := s.Approve(t.Context(), state.Approval{Client: "app", Account: "annie", Offline: true})
	must(t, err)
	clock.pass(25 * time.Hour)
	_, err = s.Approval(t.Context(), until.ID)
	wants(t, "after its time", err, fhir.NotFound)
	must(t, s.Extend(t.Context(), used.ID))
	clock.pass(state.OfflineIdle - time.Hour)
	_, err = s.Approval(t.Context(), idle.ID)
	wants(t, "unused for 90 days", err, fhir.NotFound)
	if _, err := s.Approval(t.Context(), used.ID); err != nil {
		t.Error(err)
	}
}

func TestALaunchIsTakenOnceByItsApp(t *testing.T) {
	s, clock := newState(t)
	id, err := s.MakeLaunch(t.Context(), state.Launch{Client: "app", Patient: "annie"})
	must(t, err)
	_, err = s.TakeLaunch(t.Context(), id, "another")
	wants(t, "another app", err, fhir.NotFound)
	if l, err := s.Launch(t.Context(), id, "app"); err != nil || l.Patient != "annie" {
		t.Error(l, err)
	}
	if l, err := s.TakeLaunch(t.Context(), id, "app"); err != nil || l.Patient != "annie" {
		t.Error(l, err)
	}
	_, err = s.TakeLaunch(t.Context(), id, "app")
	wants(t, "again", err, fhir.NotFound)
	id, err = s.MakeLaunch(t.Context(), state.Launch{Client: "app"})
	must(t, err)
	clock.pass(state.LaunchLife)
	_, err = s.TakeLaunch(t.Context(), id, "app")
	wants(t, "too late", err, fhir.NotFound)
}

func TestARequestIsAnsweredOnce(t *testing.T) {
	s, _ := newState(t)
	p, err := s.Wait(t.Context(), state.Pending{Client: "app"})
	must(t, err)
	if got, err := s.Pending(t.Context(), p.ID); err != nil || got.ID != p.ID || got.Client != "app" {
		t.Error(got, err)
	}
	if _, err = s.TakePending(t.Context(), p.ID); err != nil {
		t.Error(err)
	}
	_, err = s.TakePending(t.Context(), p.ID)
	wants(t, "again", err, fhir.NotFound)
}

func TestAJTIIsUsedOnceByEachIssuer(t *testing.T) {
	s, clock := newState(t)
	exp := s.Now().Add(time.Minute)
	must(t, s.UseJTI(t.Context(), "app", "1", exp))
	wants(t, "again", s.UseJTI(t.Context(), "app", "1", exp), fhir.Conflict)
	must(t, s.UseJTI(t.Context(), "app2", "1", exp))
	clock.pass(30 * time.Second)
	wants(t, "before it expires", s.UseJTI(t.Context(), "app", "1", exp), fhir.Conflict)
}
