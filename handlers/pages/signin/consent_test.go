package signin

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/markup"
	"frontdesk/handlers/smart/state"
)

func TestConsentSaysWhatWhoseAndForHowLong(t *testing.T) {
	b := newWorld().browse(t)
	b.signIn("ann")
	page := b.Get("/auth/consent?request=r1").Is(http.StatusOK)
	page.Says("Can Health Diary use your record?", "Test results: view", "What laboratories found", "Medicines: view and change",
		"to know who you are", "while you are away", "This time only", "Until I stop it", "You can stop this at any time")
	want := url.Values{"csrf": {"token of cookie-0"}, "request": {"r1"}, "as": {"Patient/ann"}, "patient": {"ann"}, "section": {"results", "prescriptions"}, "for": {"3-months"}}
	if got := markup.Fields(page.Form("/auth/consent")); !reflect.DeepEqual(got, want) {
		t.Errorf("an untouched form sends %v, not %v", got, want)
	}
}

func TestConsentShowsOnlyWhatWasAskedFor(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	r := w.asked["r1"]
	r.Offline, r.Online, r.Identity = false, true, false
	b.Get("/auth/consent?request=r1").Says("It stops when you sign out").Hides("For how long?", "who you are", "up to an hour", "while you are away")
	r.Online = false
	b.Get("/auth/consent?request=r1").Says("up to an hour").Hides("For how long?", "The app also asks")
	r.Sections, r.Patient, r.Identity = nil, false, true
	page := b.Get("/auth/consent?request=r1").Says("Can Health Diary know who you are?", "It will not see any record").Hides("may see and do")
	b.Submit(page, "/auth/consent", url.Values{"answer": {"allow"}}).Leads("https://app.example/callback?code=1")
	if want := []Decision{{As: "Patient/ann"}}; !reflect.DeepEqual(w.decisions, want) {
		t.Errorf("decided %+v, not %+v", w.decisions, want)
	}
}

func TestWhatIsAllowedIsWhatWasLeftOn(t *testing.T) {
	both, now := []string{"results", "prescriptions"}, newWorld().now
	for _, decided := range []struct {
		send url.Values
		want Decision
	}{
		{url.Values{}, Decision{Sections: both, Until: now.AddDate(0, 3, 0)}},
		{url.Values{"section": {"prescriptions"}, "for": {"1-month"}}, Decision{Sections: both[1:], Until: now.AddDate(0, 1, 0)}},
		{url.Values{"section": {"results", "results", "messages"}, "for": {"1-year"}}, Decision{Sections: both[:1], Until: now.AddDate(1, 0, 0)}},
		{url.Values{"for": {"once"}}, Decision{Sections: both, Once: true}},
		{url.Values{"for": {"stopped"}}, Decision{Sections: both}},
	} {
		w := newWorld()
		b := w.browse(t)
		b.signIn("ann")
		decided.send.Set("answer", "allow")
		b.Submit(b.Get("/auth/consent?request=r1"), "/auth/consent", decided.send).Leads("https://app.example/callback?code=1")
		decided.want.As, decided.want.Patient = "Patient/ann", "ann"
		if !reflect.DeepEqual(w.decisions, []Decision{decided.want}) {
			t.Errorf("%v: decided %+v, not %+v", decided.send, w.decisions, decided.want)
		}
	}
}

func TestA6_DenialGoesBackToTheAppWhateverElseIsInTheForm(t *testing.T) {
	for _, send := range []url.Values{{}, {"section": nil}, {"for": {"ever"}}, {"as": {"Patient/other"}}} {
		w := newWorld()
		b := w.browse(t)
		b.signIn("ann")
		send.Set("answer", "deny")
		b.Submit(b.Get("/auth/consent?request=r1"), "/auth/consent", send).Leads("https://app.example/callback?error=access_denied")
		if !reflect.DeepEqual(w.decisions, []Decision{{Deny: true}}) {
			t.Errorf("%v: decided %+v", send, w.decisions)
		}
	}
}

func TestAnUnclearAnswerIsAskedAgainAndDecidesNothing(t *testing.T) {
	for _, unclear := range []struct {
		send url.Values
		says string
		at   string
	}{
		{url.Values{"answer": {"allow"}, "section": nil}, "Choose at least one part of the record", "section"},
		{url.Values{"answer": {"allow"}, "section": {"unknown"}}, "Choose at least one part of the record", "section"},
		{url.Values{"answer": {"allow"}, "for": nil}, "Choose for how long", "for"},
		{url.Values{"answer": {"allow"}, "for": {"ever"}}, "Choose for how long", "for"},
		{url.Values{}, "Choose “Allow” or “Don’t allow”", "answer"},
	} {
		w := newWorld()
		b := w.browse(t)
		b.signIn("ann")
		page := b.Submit(b.Get("/auth/consent?request=r1"), "/auth/consent", unclear.send).Is(http.StatusUnprocessableEntity).Says(unclear.says)
		if page.ByID(unclear.at) == nil || len(w.decisions) > 0 {
			t.Errorf("%v: decided %+v", unclear.send, w.decisions)
		}
	}
}

func TestWhatWasSwitchedOffStaysOffWhenAskedAgain(t *testing.T) {
	b := newWorld().browse(t)
	b.signIn("ann")
	page := b.Submit(b.Get("/auth/consent?request=r1"), "/auth/consent", url.Values{"section": {"results"}, "answer": {"allow"}, "for": nil})
	if got := markup.Fields(page.Form("/auth/consent"))["section"]; !reflect.DeepEqual(got, []string{"results"}) {
		t.Errorf("on: %v", got)
	}
}

func TestARequestThatIsOverSaysWhatToDo(t *testing.T) {
	b := newWorld().browse(t)
	for _, path := range []string{"/auth/consent", "/auth/consent?request=old", "/auth/sign-in?request=old", "/auth/choose?request=old", "/auth/patient?request=old"} {
		b.Get(path).Is(http.StatusNotFound).Says("Go back to the app and start again")
	}
}

// P6, P9, P11: nobody is asked for what isn't open to him or her, so that a proxy isn't told of sharing what only the
// patient sees, and the reduced view looks like that of a practice that offers no more.
func TestConsentAsksOnlyForWhatIsOpen(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	w.roles["ann"][0].Open = map[string]access.Level{"results": access.None, "prescriptions": access.CanView}
	page := b.Get("/auth/consent?request=r1").Is(http.StatusOK).Says("Medicines: view").Hides("Test results", "view and change")
	b.Submit(page, "/auth/consent", url.Values{"answer": {"allow"}, "for": {"once"}, "section": {"results", "prescriptions"}}).Leads("https://app.example/callback?code=1")
	if want := []Decision{{As: "Patient/ann", Patient: "ann", Sections: []string{"prescriptions"}, Once: true}}; !reflect.DeepEqual(w.decisions, want) {
		t.Errorf("decided %+v, not %+v", w.decisions, want)
	}
	w.roles["ann"][0].Open["prescriptions"] = access.None
	b.Get("/auth/consent?request=r1").Is(http.StatusForbidden).Says("You can't use Health Diary for this record")
}

// C11: three months from 30 November are over at the end of February, not in March.
func TestC11_AMonthThatIsTooShortEndsTheSpan(t *testing.T) {
	at := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 9, 30, 0, 0, time.UTC)
	}
	for _, try := range []struct {
		span      string
		from, end time.Time
	}{
		{"3-months", at(2026, 11, 30), at(2027, 2, 28)}, {"3-months", at(2027, 11, 30), at(2028, 2, 29)}, {"1-month", at(2026, 1, 31), at(2026, 2, 28)},
		{"1-month", at(2026, 5, 31), at(2026, 6, 30)}, {"1-year", at(2028, 2, 29), at(2029, 2, 28)}, {"1-month", at(2026, 1, 28), at(2026, 2, 28)},
	} {
		chosen, known := (&Asked{Offline: true}).span(try.span)
		if got := chosen.until(try.from); !known || !got.Equal(try.end) {
			t.Errorf("%s from %s: %s, want %s", try.span, try.from, got, try.end)
		}
	}
}

// What was ticked isn't lost when the session is over: after signing in again the form is as it was left, once.
func TestTicksAreKeptWhenTheSessionIsOver(t *testing.T) {
	w := newWorld()
	b := w.browse(t)
	b.signIn("ann")
	page := b.Get("/auth/consent?request=r1").Says("It is on the web at app.example")
	w.sessions = map[string]state.Session{}
	b.Submit(page, "/auth/consent", url.Values{"section": {"results"}, "for": {"1-year"}, "answer": {"allow"}}).Leads("/auth/sign-in?request=r1")
	b.Submit(b.Get("/auth/sign-in?request=r1"), "/auth/sign-in", url.Values{"name": {"ann"}, "password": {"nna"}}).Leads("/auth/consent?request=r1")
	for i, want := range []url.Values{{"section": {"results"}, "for": {"1-year"}}, {"section": {"results", "prescriptions"}, "for": {"3-months"}}} {
		fields := markup.Fields(b.Get("/auth/consent?request=r1").Form("/auth/consent"))
		if got := (url.Values{"section": fields["section"], "for": fields["for"]}); !reflect.DeepEqual(got, want) {
			t.Errorf("look %d: %v, want %v", i, got, want)
		}
	}
	if len(w.decisions) > 0 {
		t.Errorf("decided %v", w.decisions)
	}
}
