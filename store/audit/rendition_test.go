package audit_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// eventID is what the ids of AuditEvents are made of in these tests.
const eventID = "019523a1-4c00-7abc-8def-0123456789ab"

// telling are events that show everything that an AuditEvent may tell.
func telling() (out []audit.Event) {
	when := time.Date(2026, 3, 1, 9, 30, 0, 123e6, time.UTC)
	hidden := shown("a/Observation")
	hidden.Add(&fhir.Stored{Key: fhir.Key{Type: "Condition"}, Compartments: []string{"a"}, Facts: fhir.Facts{Hidden: true}}, nil, when)
	for _, what := range whats {
		out = append(out, audit.Event{What: what, By: by("a"), Address: "192.0.2.7", About: fhir.Key{Type: "Observation", ID: "o", Version: 2}, Shown: shown("a/Observation")})
	}
	out = append(out,
		audit.Event{What: "search-type", By: staff, Query: "GET Observation?patient=a,b", Shown: shown("a/Observation", "b/Observation", "a/Observation"), Named: []string{"c"}},
		audit.Event{What: "search-type", By: by("a"), Query: `GET Observation?code:text="<&`, Shown: hidden},
		audit.Event{What: "operation", By: staff, Private: true, Why: "at \"risk\"", About: fhir.Key{Type: "Observation", ID: "o"}, Shown: hidden},
		audit.Event{What: "read", By: by("a"), Status: 404, Reason: "not-found", About: fhir.Key{Type: "Patient", ID: "b"}, Shown: shown("b/Patient")},
		audit.Event{What: "read", Status: 401, Address: "2001:db8::1", About: fhir.Key{Type: "Patient", ID: "a"}},
		audit.Event{What: "update", By: access.Identity{Client: "ehr", Person: "https://elsewhere.example/Practitioner/1"}, Status: 200, Shown: shown("a/Task")},
	)
	for i := range out {
		out[i].When, out[i].Request = when, fmt.Sprint("request-", i)
	}
	return out
}

// TestARenditionStays: what was filed is verified by making it again. So what the chain keeps of an event is read for
// ever, and makes the same AuditEvents. If this fails, take the change back, or give it a rendition of its own
// (document.go), and files of its own.
func TestARenditionStays(t *testing.T) {
	for as := 1; as <= audit.Rendition; as++ {
		t.Run(fmt.Sprint(as), func(t *testing.T) { stays(t, as) })
	}
}

func stays(t *testing.T, as int) {
	events, want := lines(t, "events", as), lines(t, "auditevents", as)
	if n := len(telling()); len(events) != n {
		t.Fatalf("%d events, want %d", len(events), n)
	}
	var got []string
	for i, e := range telling() {
		kept, err := audit.Kept(eventID, e)
		if err != nil {
			t.Fatal(err)
		}
		if kept != events[i] {
			t.Errorf("it is kept as\n%s\nand was kept as\n%s", kept, events[i])
		}
		made, err := audit.MadeBy(as, events[i], base)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, made...)
	}
	if len(got) != len(want) {
		t.Fatalf("%d AuditEvents, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("it makes\n%s\nand made\n%s", got[i], want[i])
		}
	}
}

// lines are those of a file of a rendition.
func lines(t *testing.T, what string, as int) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "audit", fmt.Sprintf("%s-%d.jsonl", what, as)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// TestIDsOfAnEventTellNothing of how many AuditEvents it made, nor which of them one is.
func TestIDsOfAnEventTellNothing(t *testing.T) {
	e := audit.Event{What: "search-type", By: staff, Query: "GET Observation", Shown: shown("a/Observation", "b/Observation")}
	seen := map[string]bool{}
	kept, err := audit.Kept(eventID, e)
	if err != nil {
		t.Fatal(err)
	}
	made, err := audit.Made(kept, base)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range made {
		var d struct{ ID string }
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatal(err)
		}
		if len(d.ID) != len(eventID) || d.ID[:15] != eventID[:15] || !strings.Contains("89ab", d.ID[19:20]) {
			t.Errorf("%s isn't a UUID of version 7 of that time", d.ID)
		}
		if seen[d.ID] || d.ID == eventID || d.ID[15:18] == eventID[15:18] {
			t.Errorf("%s tells of %s", d.ID, eventID)
		}
		seen[d.ID] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d AuditEvents", len(seen))
	}
}

// TestAChainOfEarlierReleasesGoesOn: testdata has one whose links name the AuditEvents, which waited in full.
func TestAChainOfEarlierReleasesGoesOn(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "audit", "records-0.json"))
	if err != nil {
		t.Fatal(err)
	}
	var records map[string]map[string][]byte
	if err := json.Unmarshal(text, &records); err != nil {
		t.Fatal(err)
	}
	var writes []store.RecordWrite
	for namespace, all := range records {
		for key, value := range all {
			writes = append(writes, store.RecordWrite{Namespace: namespace, Key: key, Value: value})
		}
	}
	s := open(t, nil)
	if _, err := s.As(everyone, store.Unobserved).Transact(t.Context(), nil, writes...); err != nil {
		t.Fatal(err)
	}
	if r := verified(t, s, 5); r.Waiting != 5 {
		t.Errorf("%+v", r)
	}
	if seen, err := audit.Look(t.Context(), s, "request-p2"); err != nil || len(seen) != 1 {
		t.Errorf("before it is filed: %+v, %v", seen, err)
	}
	record(t, recorder(t, s), some(4)...)
	if r := verified(t, s, 9); r.Waiting != 0 || r.Links != 3 || len(found(t, s, everyone, "")) != 9 {
		t.Errorf("%+v", r)
	}
}
