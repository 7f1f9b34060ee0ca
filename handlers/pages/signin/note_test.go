package signin

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

func TestWhoSignsInAndOutAndStopsAppsIsNoted(t *testing.T) {
	w := newWorld()
	w.approvals = []state.Approval{{ID: "1", Client: "diary", Account: "mary", Person: "RelatedPerson/3", Patient: "tom"}}
	b := w.browse(t)
	for _, name := range []string{"mary", "my password"} {
		b.Submit(b.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {name}, "password": {"wrong"}})
	}
	tries := w.tries
	w.tries = 0
	b.Submit(b.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"wrong"}})
	w.tries = tries
	b.signIn("mary")
	b.Submit(b.Get("/auth/manage"), "/auth/manage/revoke", nil)
	b.Submit(b.Get("/auth/sign-out"), "/auth/sign-out", nil)
	mary := access.Identity{Account: "mary", Person: "Patient/mary"}
	want := []audit.Event{
		{What: audit.Login, By: mary, Status: http.StatusUnauthorized},
		{What: audit.Login, Status: http.StatusUnauthorized},
		{What: audit.Login, By: mary, Status: http.StatusTooManyRequests},
		{What: audit.Login, By: mary, Status: http.StatusOK},
		{What: audit.Revocation, By: access.Identity{Account: "mary", Person: "Patient/mary", Client: "diary", Patient: "tom", Approval: "1"}, Status: http.StatusOK},
		{What: audit.Logout, By: mary, Status: http.StatusOK},
	}
	for i := range w.events {
		e := &w.events[i]
		if e.Request == "" || e.Address != "127.0.0.1" || !e.When.Equal(w.now) {
			t.Errorf("event %d doesn't say in which request, from where or when: %+v", i, e)
		}
		e.Request, e.Address, e.When = "", "", want[0].When
	}
	if !reflect.DeepEqual(w.events, want) {
		t.Errorf("noted %+v, not %+v", w.events, want)
	}
}

func TestWhatCannotBeNotedDoesNotHappen(t *testing.T) {
	w := newWorld()
	w.approvals = []state.Approval{{ID: "1", Client: "diary", Account: "mary", Person: "Patient/mary"}}
	b := w.browse(t)
	b.signIn("mary")
	other := w.browse(t)
	w.unheard = fhir.Errorf(fhir.Unavailable, "", "What is done here must be recorded. Try again in a minute.")
	for _, refused := range []*answer{
		other.Submit(other.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"yram"}}),
		other.Submit(other.Get("/auth/sign-in"), "/auth/sign-in", url.Values{"name": {"mary"}, "password": {"wrong"}}),
		b.Submit(b.Get("/auth/manage"), "/auth/manage/revoke", nil),
		b.Submit(b.Get("/auth/sign-out"), "/auth/sign-out", nil),
	} {
		refused.Is(http.StatusServiceUnavailable).Says("Try again in a minute")
	}
	if len(w.sessions) != 1 || len(w.approvals) != 1 {
		t.Errorf("sessions %v, approvals %v", w.sessions, w.approvals)
	}
}
