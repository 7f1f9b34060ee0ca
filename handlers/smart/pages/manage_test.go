package pages

import (
	"net/http"
	"net/url"
	"testing"
	"time"

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
	page.Says("App new It can use Tom Jones’s record You allowed it on 1 November 2026 It has access until 1 October 2027 Last used 21 November 2026 at 3:04pm",
		"App old It can use your record You allowed it on 1 October 2026 It has access until you sign out",
		"gone It can use the record of a person you can no longer act for", "until you stop it",
		"App short It can use every record that you can see", "until an hour after you allowed it",
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
	b.Get("/auth/manage").Says("Mary Jones’s record", "the record of a patient you can no longer see", "the records of your practice’s patients", "Last used not yet")
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
