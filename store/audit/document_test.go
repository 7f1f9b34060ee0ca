package audit_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store/audit"
)

var whats = []string{"read", "vread", "history-instance", "history-type", "history-system", "create", "update", "patch", "delete", "search-type", "search-system",
	"operation", "batch", "transaction", "one-that-was-forgotten",
	audit.Login, audit.Logout, audit.Token, audit.Consent, audit.Revocation, audit.Administration, audit.Launch}

// TestP12_EveryEventIsAnAuditEventOfTheBasicPattern: client, server, patient and request id are in each (IHE BALP), and
// each can be searched for.
func TestP12_EveryEventIsAnAuditEventOfTheBasicPattern(t *testing.T) {
	s := open(t, nil)
	r := recorder(t, s)
	when := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	for _, what := range whats {
		record(t, r, audit.Event{What: what, When: when, By: by("a"), Address: "192.0.2.7", Request: "request-" + what,
			About: fhir.Key{Type: "Observation", ID: "o", Version: 2}, Shown: shown("a/Observation")})
	}
	for _, what := range whats {
		all := found(t, s, everyone, "patient=Patient/a&agent=Patient/a&date=2026-03-01&outcome=0&policy=approval/ap-a&entity:identifier=request-"+what)
		if len(all) != 1 {
			t.Fatalf("%s: found %d", what, len(all))
		}
		e := all[0]
		if len(e.Agent) != 3 || len(e.of(patients)) != 1 || len(e.of(resources)) != 1 || len(e.of(requests)) != 1 || !e.Recorded.Equal(when) || e.Type.Code == "" || len(e.Subtype) != 1 {
			t.Fatalf("%s: %s", what, e.text)
		}
		client, server, user := e.Agent[0], e.Agent[1], e.Agent[2]
		ends := client.Type.Coding[0].Code + server.Type.Coding[0].Code
		if reads := e.Action == "R"; reads != (ends == "110152110153") || !reads != (ends == "110153110152") {
			t.Errorf("%s: action %s, the ends are %s", what, e.Action, ends)
		}
		if client.Who.Identifier.Value != "app" || client.Network.Address != "192.0.2.7" || server.Network.Address != base || client.Requestor || !user.Requestor {
			t.Errorf("%s: %s", what, e.text)
		}
	}
}

func TestAnEventSaysWhatWasDone(t *testing.T) {
	s := open(t, nil)
	r := recorder(t, s)
	for what, want := range map[string]string{"vread": "rest vread R", "create": "rest create C", "patch": "rest patch U", "delete": "rest delete D",
		"search-type": "rest search-type E", audit.Login: "110114 110122 E", audit.Consent: "110113 110136 E", audit.Token: "110114 110126 E"} {
		record(t, r, audit.Event{What: what, By: by(what), Request: "request"})
		e := found(t, s, everyone, "patient="+what)[0]
		if got := e.Type.Code + " " + e.Subtype[0].Code + " " + e.Action; got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	for status, want := range map[int]string{0: "0", http.StatusCreated: "0", http.StatusNotModified: "0", http.StatusUnauthorized: "4", http.StatusNotFound: "4", http.StatusServiceUnavailable: "8"} {
		id := http.StatusText(status)
		record(t, r, audit.Event{What: "read", Status: status, Reason: "because", Request: "request-" + strings.ReplaceAll(id, " ", "")})
		if e := found(t, s, everyone, "entity:identifier=request-"+strings.ReplaceAll(id, " ", "")); len(e) != 1 || e[0].Outcome != want || e[0].OutcomeDesc != "because" {
			t.Errorf("status %d: %+v", status, e)
		}
	}
}

// TestP12_APatientsEventTellsNothingOfAnother: what one patient may read names no other patient, nor what was searched
// for by who looks at many.
func TestP12_APatientsEventTellsNothingOfAnother(t *testing.T) {
	s := open(t, nil)
	r := recorder(t, s)
	record(t, r,
		audit.Event{What: "search-type", By: staff, Request: "many", Query: "GET Observation?patient=a,b", Shown: shown("a/Observation", "b/Observation", "a/Observation")},
		audit.Event{What: "read", By: by("a"), Request: "both", About: fhir.Key{Type: "Appointment", ID: "x"}, Shown: shown("a/Appointment", "b/Appointment")},
		audit.Event{What: "read", By: by("a"), Request: "refused", Status: 404, About: fhir.Key{Type: "Patient", ID: "b"}, Shown: shown("b/Patient")},
		audit.Event{What: "search-type", By: staff, Request: "one", Query: "GET Patient?identifier=of-b", Shown: shown("a/Patient")},
		audit.Event{What: "search-type", By: by("a"), Request: "own", Query: "GET Encounter"},
	)
	for _, e := range found(t, s, everyone, "patient=Patient/b") {
		if len(e.of(patients)) != 1 || e.of(patients)[0].What.Reference != "Patient/b" && e.of(requests)[0].What.Identifier.Value != "both" || len(e.of(queries)) != 0 {
			t.Errorf("b is shown %s", e.text)
		}
		if e.of(requests)[0].What.Identifier.Value == "refused" {
			t.Errorf("b is shown what a was refused: %s", e.text)
		}
	}
	for _, e := range found(t, s, everyone, "entity=Patient/a") {
		request := e.of(requests)[0].What.Identifier.Value
		if request != "refused" && (strings.Contains(e.text, "Patient/b") || slices.ContainsFunc(e.of(queries), func(q entity) bool { return strings.Contains(string(q.Query), "b") })) {
			t.Errorf("a is shown %s", e.text)
		}
	}
	count := func(want int, query string) {
		t.Helper()
		if got := len(found(t, s, everyone, query)); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	count(3, "entity:identifier=many") // a, b, and the search itself for staff
	count(2, "entity:identifier=both")
	count(1, "entity:identifier=refused")
	count(2, "entity:identifier=one")
	count(1, "entity:identifier=own&entity-role=24")
	if e := found(t, s, everyone, "entity:identifier=many&entity=Patient/a")[0]; len(e.of(patients)[0].Detail) != 1 || e.of(patients)[0].Detail[0].ValueString != "2" {
		t.Errorf("how much was shown: %s", e.text)
	}
	if e := found(t, s, everyone, "entity:identifier=refused")[0]; e.of(resources)[0].Name != "Patient/b" || e.of(resources)[0].What.Reference != "" {
		t.Errorf("the refused one: %s", e.text)
	}
}

func TestAnUnknownCallerIsRecordedToo(t *testing.T) {
	s := open(t, nil)
	record(t, recorder(t, s), audit.Event{What: "read", Status: 401, Address: "2001:db8::1", About: fhir.Key{Type: "Patient", ID: "a"}})
	all := found(t, s, everyone, "address=2001:db8::1")
	if len(all) != 1 || len(all[0].Agent) != 2 || !all[0].Agent[0].Requestor || all[0].Agent[0].Who.Display == "" || len(all[0].of(patients)) != 0 {
		t.Errorf("%+v", all)
	}
}

// FuzzDocument: whatever a client sends, what is recorded of it can be filed.
func FuzzDocument(f *testing.F) {
	f.Add("read", "app", "Patient/1", "request-1", "GET Patient?name=x", "192.0.2.1", 200)
	f.Add("update", "a b", " x", "~", "?", "[", 200)
	f.Add("create", "\x00", "\xff\"", " ", "\t", "\u0085", 500)
	f.Fuzz(func(t *testing.T, what, client, account, request, query, address string, status int) {
		if !slices.Contains(whats, what) {
			return // it is one of the route table's
		}
		s := open(t, nil)
		r := recorder(t, s)
		record(t, r, audit.Event{What: what, By: access.Identity{Client: client, Account: account, Person: client, Patient: query, Approval: account}, Request: request, Query: query, Address: address, Reason: query, Status: status})
		if n := len(found(t, s, everyone, "")); n != 1 {
			t.Errorf("%d AuditEvents", n)
		}
	})
}
