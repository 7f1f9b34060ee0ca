package practice

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestAfterwardsFitsTheSize: what a practice decides is about people it has, and so are its accounts.
func TestAfterwardsFitsTheSize(t *testing.T) {
	for patients := range 9 {
		there := map[string]bool{}
		for _, r := range parse(t, Options{Patients: patients, Now: march}) {
			there[r.url] = true
		}
		bundles, err := Afterwards(Options{Patients: patients, Now: march})
		if err != nil {
			t.Fatal(err)
		}
		var decisions struct {
			Entry []struct{ Request struct{ URL string } }
		}
		if err := json.Unmarshal(bundles[0], &decisions); err != nil {
			t.Fatal(err)
		}
		for _, e := range decisions.Entry {
			if of, _, _ := strings.Cut(e.Request.URL, "/$"); !there[of] {
				t.Errorf("of %d patients: %s", patients, e.Request.URL)
			}
		}
		accounts, err := Accounts(Options{Patients: patients})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range accounts {
			if !there[a.Person] {
				t.Errorf("of %d patients: an account for %s", patients, a.Person)
			}
		}
		if patients == 8 && (len(decisions.Entry) != 8 || len(accounts) != 9) {
			t.Errorf("%d decisions and %d accounts, want all 8 and 9", len(decisions.Entry), len(accounts))
		}
	}
}

// TestTheFreshReportComesLater: it isn't in the record that is brought in, for what is brought in needs no release.
func TestTheFreshReportComesLater(t *testing.T) {
	bundles, err := Afterwards(small)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Entry []struct{ Request struct{ URL string } }
	}
	if err := json.Unmarshal(bundles[1], &report); err != nil {
		t.Fatal(err)
	}
	urls := map[string]bool{}
	for _, e := range report.Entry {
		urls[e.Request.URL] = true
	}
	if len(urls) < 2 || !urls["DiagnosticReport/"+ReadyPatient+"-1"] {
		t.Errorf("what comes is %v", urls)
	}
	for _, r := range smallPractice(t) {
		if urls[r.url] {
			t.Errorf("%s was there before", r.url)
		}
	}
}

// TestTheBookIsCarriedOn: ten days later there are slots as far ahead as on the first day, each once, and none again.
func TestTheBookIsCarriedOn(t *testing.T) {
	later := march.AddDate(0, 0, 10)
	pages, err := Extend(small, BookEnd(march), later)
	if err != nil {
		t.Fatal(err)
	}
	taken, last := map[string]bool{}, ""
	for _, r := range smallPractice(t) {
		taken[r.url] = true
	}
	slots := 0
	for _, page := range pages {
		var bundle struct {
			Entry []struct {
				Request  struct{ URL string }
				Resource struct{ Start string }
			}
		}
		if err := json.Unmarshal(page, &bundle); err != nil {
			t.Fatal(err)
		}
		for _, e := range bundle.Entry {
			if !strings.HasPrefix(e.Request.URL, "Slot/") {
				continue
			}
			if taken[e.Request.URL] {
				t.Errorf("%s is in the book already", e.Request.URL)
			}
			taken[e.Request.URL], last = true, max(last, e.Resource.Start)
			slots++
		}
	}
	// From 28 March 2026 on, 28 days end with Friday 24 April.
	if slots < 500 || !strings.HasPrefix(last, "2026-04-24T17:20") {
		t.Errorf("%d slots, the last at %s", slots, last)
	}
	if pages, err := Extend(small, BookEnd(later), later); err != nil || len(pages) != 0 {
		t.Errorf("carried on twice on a day: %d pages, %v", len(pages), err)
	}
}
