package signin

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/smart/state"
)

func TestTheListShowsAppsOfThisPersonAlone(t *testing.T) {
	w := newWorld()
	since := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	w.approvals = []state.Approval{
		{ID: "1", Client: "old", Account: "mary", Person: "Patient/mary", Patient: "mary", Since: since, Session: "s"},
		{ID: "2", Client: "new", Account: "mary", Person: "RelatedPerson/3", Patient: "tom", Since: since.AddDate(0, 1, 0), Until: since.AddDate(1, 0, 0), Offline: true},
		{ID: "3", Client: "gone", Account: "mary", Person: "RelatedPerson/9", Patient: "eve", Since: since, Offline: true},
		{ID: "4", Client: "other", Account: "ann", Since: since},
		{ID: "5", Client: "short", Account: "mary", Person: "Patient/mary", Since: since},
	}
	w.seen = []Seen{{time.Date(2026, 11, 21, 15, 4, 0, 0, time.UTC), "Test results: 12 entries"}, {since, "Medicines: 3 entries"}}
	b := w.browse(t)
	b.signIn("mary")
	page := b.Get("/auth/manage").Is(http.StatusOK).Hides("App other", "No app has access")
	page.Says("App new Last used: 21 November 2026 at 3:04pm It can use Tom Jones’s record You allowed it on 1 November 2026 It has access until 1 October 2027",
		"App old Last used: 21 November 2026 at 3:04pm It can use your record You allowed it on 1 October 2026 It has access until you sign out",
		"gone Last used: 21 November 2026 at 3:04pm It can use the record of a person you can no longer act for", "until you stop it",
		"App short Last used: 21 November 2026 at 3:04pm It can use every record that you can see", "until an hour after you allowed it",
		"Test results: view", "21 November 2026 at 3:04pm Test results: 12 entries", "Medicines: 3 entries")
	if titles := page.All("h2"); titles[0].FirstChild.Data != "App new" {
		t.Errorf("the first is %s, not the newest", titles[0].FirstChild.Data)
	}

	w.accounts["ann"] = state.Account{Name: "ann"}
	other := w.browse(t)
	other.signIn("ann")
	w.approvals, w.seen = nil, nil
	other.Get("/auth/manage").Says("No app has access now").Hides("Stop access")
}

func TestAppsOfStaffNameOnlyPatientsWhomTheyStillSee(t *testing.T) {
	w := newWorld()
	w.approvals = []state.Approval{
		{ID: "1", Client: "a", Account: "drlee", Person: "Practitioner/2", Patient: "mary"},
		{ID: "2", Client: "b", Account: "drlee", Person: "Practitioner/2", Patient: "elsewhere"},
		{ID: "3", Client: "c", Account: "drlee", Person: "Practitioner/2"},
	}
	b := w.browse(t)
	b.signIn("drlee")
	b.Get("/auth/manage").Says("Mary Jones’s record", "the record of a patient you can no longer see", "the records of your practice’s patients", "Last used: not yet")
}

func TestStoppingAnAppIsAtOnceAndOnlyOnesOwn(t *testing.T) {
	w := newWorld()
	w.approvals = []state.Approval{{ID: "1", Client: "a", Account: "mary", Person: "Patient/mary"}, {ID: "2", Client: "b", Account: "ann"}}
	b := w.browse(t)
	b.signIn("mary")
	page := b.Get("/auth/manage")
	var others []string
	for _, id := range []string{"2", "unknown"} {
		refused := b.Submit(page, "/auth/manage/revoke", url.Values{"approval": {id}})
		refused.Leads("/auth/manage?stopped=yes")
		others = append(others, refused.Text())
	}
	if len(w.approvals) != 2 || others[0] != others[1] {
		t.Fatalf("left: %v; answers %q", w.approvals, others)
	}
	b.Submit(page, "/auth/manage/revoke", nil).Leads("/auth/manage?stopped=yes")
	if len(w.approvals) != 1 || w.approvals[0].ID != "2" {
		t.Errorf("left: %v", w.approvals)
	}
	b.Get("/auth/manage?stopped=yes").Says("Done.", "No app has access now")
}

// A2: what an app may see and do is told alike where it is allowed and where it is listed: what was asked for, as far
// as the practice has it open.
func TestA2_TheListShowsWhatTheConsentPageShowed(t *testing.T) {
	w := newWorld()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	asked, err := access.ParseScopes(r, "patient/*.cruds", search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.asked["r1"].Sections = asked.Sections(r)
	w.roles["ann"][0].Open = map[string]access.Level{"results": access.CanView, "prescriptions": access.Manage, "messages": access.None}
	w.approvals = []state.Approval{{ID: "1", Client: "a", Account: "ann", Person: "Patient/ann", Patient: "ann"}}
	b := w.browse(t, func(o *Options) { o.Sections = func(string) []access.Section { return w.asked["r1"].Sections } })
	b.signIn("ann")
	for _, path := range []string{"/auth/consent?request=r1", "/auth/manage"} {
		b.Get(path).Is(http.StatusOK).Says("Test results: view", "Prescriptions: view and change").Hides("Test results: view and change", "Messages:")
	}
}

// An app is in the list once, and each record that it can use: with all that was allowed, until the last of it is over.
func TestAnAppIsListedOnceHoweverOftenItWasAllowed(t *testing.T) {
	w := newWorld()
	since := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	of := func(id, person, patient string, days int, until time.Time) state.Approval {
		return state.Approval{ID: id, Client: "a", Account: "mary", Person: person, Patient: patient, Since: since.AddDate(0, 0, days), Until: until, Offline: true}
	}
	w.approvals = []state.Approval{of("1", "Patient/mary", "mary", 0, since.AddDate(1, 0, 0)), of("2", "Patient/mary", "mary", 5, since.AddDate(0, 3, 0)),
		of("3", "RelatedPerson/3", "tom", 1, time.Time{})}
	b := w.browse(t)
	b.signIn("mary")
	page := b.Get("/auth/manage").Says("your record You allowed it on 6 October 2026 It has access until 1 October 2027", "Tom Jones’s record", "until you stop it")
	if n := len(page.All("section")); n != 1 {
		t.Errorf("%d cards", n)
	}
	b.Submit(page, "/auth/manage/revoke", nil).Leads("/auth/manage?stopped=yes") // the first is the newest: both of one's own record
	if len(w.approvals) != 1 || w.approvals[0].ID != "3" {
		t.Errorf("left: %v", w.approvals)
	}
}
