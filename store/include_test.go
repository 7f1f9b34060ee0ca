package store_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// TestGuardedNesting: chains and _has go only through what the caller can see. The patient a has a result; b, who has
// one too, is a's contact: it is b's that must not show.
func TestGuardedNesting(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		k.do(k.put(`{"resourceType":"Observation","id":"both","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"},"performer":[{"reference":"Patient/a"}],"derivedFrom":[{"reference":"Observation/ob"},{"reference":"Observation/oa"}]}`))
		k.do(k.put(`{"resourceType":"Observation","id":"der","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"},"derivedFrom":[{"reference":"Observation/oa"}]}`))
		a := k.as(access.PatientRead("a"))
		for _, c := range []struct{ url, all, own string }{
			{"Observation?subject:Patient.family=birch&_sort=_id", "Observation/both Observation/der Observation/moved Observation/ob", ""},
			{"Observation?performer:Practitioner.family=drew&_sort=_id", "Observation/moved Observation/oa Observation/ob", "Observation/oa"},
			{"Observation?derived-from:Observation.code=na", "Observation/both", ""},
			{"Observation?derived-from:Observation.code=hb&_sort=_id", "Observation/both Observation/der", ""}, // performed by a, but about b
			{"Observation?derived-from:Observation.subject:Patient.family=birch", "Observation/both", ""},
			{"Observation?_has:Observation:derived-from:_id=der", "Observation/oa", ""},
			{"Patient?_has:Observation:subject:code=na", "Patient/b", ""},
			{"Patient?_has:Observation:subject:code=hb", "Patient/a", "Patient/a"},
			{"Patient?_has:Observation:patient:_id=oa", "Patient/a", "Patient/a"},
		} {
			if got, _ := k.search(c.url); got != c.all {
				t.Errorf("all: %s: got %q, want %q", c.url, got, c.all)
			}
			if got, _ := a.search(c.url); got != c.own {
				t.Errorf("patient a: %s: got %q, want %q", c.url, got, c.own)
			}
		}
	})
}

// TestInclude: what is brought along comes once, and behind the matches.
func TestInclude(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		k.do(k.put(`{"resourceType":"Observation","id":"sum","status":"final","code":{"coding":[{"code":"sum"}]},"derivedFrom":[{"reference":"Observation/oa"},{"reference":"Observation/nowhere"},{"reference":"Observation/gone"}]}`))
		for url, want := range map[string]string{
			"Observation?code=hb&_include=Observation:subject":                                            "Observation/oa +Patient/a",
			"Observation?code=hb&_include=Observation:patient":                                            "Observation/oa +Patient/a",
			"Observation?code=hb&_include=Observation:performer":                                          "Observation/oa +Practitioner/dr",
			"Observation?code=hb&_include=Observation:performer:Patient":                                  "Observation/oa",
			"Observation?code=hb&_include=*":                                                              "Observation/oa +Patient/a +Practitioner/dr",
			"Observation?subject=Patient/b&_sort=_id&_include=Observation:subject":                        "Observation/moved Observation/ob +Patient/b",
			"Patient?_id=b&_revinclude=Observation:subject":                                               "Patient/b +Observation/moved +Observation/ob",
			"Patient?_id=b&_revinclude=Observation:subject:Group":                                         "Patient/b",
			"Observation?code=sum&_include=Observation:derived-from":                                      "Observation/sum +Observation/oa",
			"Observation?code=sum&_include=Observation:derived-from&_include:iterate=Observation:subject": "Observation/sum +Observation/oa +Patient/a",
			"Observation?code=sum,hb&_sort=_id&_include=Observation:derived-from":                         "Observation/oa Observation/sum",
			"Observation?code=sum,hb&_sort=_id&_revinclude=Observation:derived-from":                      "Observation/oa Observation/sum",
			"Observation?code=hb&_revinclude=Observation:derived-from":                                    "Observation/oa +Observation/sum",
		} {
			got, page := k.search(url)
			if got != want {
				t.Errorf("%s: got %q, want %q", url, got, want)
			}
			if len(page.Issues) != 0 {
				t.Errorf("%s: %v", url, page.Issues)
			}
		}
	})
}

// TestIncludeCycle: :iterate along a circle of references ends.
func TestIncludeCycle(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		for i := range 3 {
			k.do(k.put(fmt.Sprintf(`{"resourceType":"Organization","id":"o%d","name":"O","partOf":{"reference":"Organization/o%d"}}`, i, (i+1)%3)))
		}
		got, _ := k.search("Organization?_id=o0&_include:iterate=Organization:partof")
		if want := "Organization/o0 +Organization/o1 +Organization/o2"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestIncludeBound: a page that would include too much ends earlier. No match is skipped or comes twice, each page has
// all that its matches bring along, and none could have had one match more.
func TestIncludeBound(t *testing.T) {
	const bound = 6
	on(t, store.Options{MaxIncludes: bound}, func(t *testing.T, k *kit) {
		brings := []int{2, 3, 0, 4, 3, 9, 1, 0, 0, 1, 5, 2} // results of each patient
		for p, n := range brings {
			k.do(k.put(patientJSON(fmt.Sprintf("p%02d", p), "Ash")))
			for o := range n {
				k.do(k.put(resultJSON(fmt.Sprintf("o%02d-%d", p, o), fmt.Sprintf("p%02d", p), "hb")))
			}
		}
		for _, count := range []int{1, 4, 50} {
			next, patients := search.Position(nil), 0
			for patients == 0 || next != nil {
				page := k.page("Patient?_sort=_id&_total=accurate&_revinclude=Observation:subject&_count="+fmt.Sprint(count), next)
				if page.Total != int64(len(brings)) || len(page.Issues) != 0 {
					t.Errorf("a page with total %d and issues %v", page.Total, page.Issues)
				}
				matches, included := 0, 0
				for _, it := range page.Items {
					if it.Mode == "include" {
						included++
						continue
					}
					if want := fmt.Sprintf("p%02d", patients+matches); it.Key.ID != want {
						t.Fatalf("by %d: got %s, want %s", count, it.Key.ID, want)
					}
					matches++
				}
				want := 0
				for _, n := range brings[patients : patients+matches] {
					want += n
				}
				patients += matches
				if included != want || included > bound && matches > 1 {
					t.Errorf("by %d: %d patients up to %d bring %d, want %d", count, matches, patients, included, want)
				}
				if matches < count && patients < len(brings) && want+brings[patients] <= bound {
					t.Errorf("by %d: a page ends before patient %d, who would fit", count, patients)
				}
				if next = page.Next; (next == nil) != (patients == len(brings)) {
					t.Fatalf("by %d: after %d patients the next page is at %v", count, patients, next)
				}
			}
		}
	})
}

// TestIncludeBeyond: what one match brings along beyond all bounds is cut, and the page names the match.
func TestIncludeBeyond(t *testing.T) {
	on(t, store.Options{MaxIncludes: 2}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("a", "Ash")), k.put(patientJSON("b", "Birch")))
		for i := range 21 {
			k.do(k.put(resultJSON(fmt.Sprintf("o%d", i), "a", "hb")))
		}
		page := k.page("Patient?_sort=_id&_revinclude=Observation:subject", nil)
		if len(page.Items) != 1+20 || page.Next == nil || len(page.Issues) != 1 || !page.Issues[0].Warning {
			t.Fatalf("%d items, next %v, issues %v", len(page.Items), page.Next, page.Issues)
		}
		if said := page.Issues[0].Text; !strings.Contains(said, "Patient/a") || !strings.Contains(said, "Observation?subject=Patient/a") {
			t.Errorf("it says %q", said)
		}
	})
}

// TestIncludeWide: a page of many matches brings along what refers to each of them, by however many parameters.
func TestIncludeWide(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		const patients = 70
		for i := range patients {
			k.do(k.put(patientJSON(fmt.Sprintf("p%02d", i), "Ash")), k.put(resultJSON(fmt.Sprintf("o%02d", i), fmt.Sprintf("p%02d", i), "hb")))
		}
		got, _ := k.search("Patient?_count=100&_revinclude=Observation:*&_revinclude=Observation:subject&_revinclude=Observation:patient&_revinclude=Observation:performer")
		if n := strings.Count(got, "+Observation/"); n != patients {
			t.Errorf("%d results included, want %d", n, patients)
		}
	})
}

// TestIncludeDeep: references that :iterate follows no further are told of.
func TestIncludeDeep(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		for i := range 9 {
			k.do(k.put(fmt.Sprintf(`{"resourceType":"Organization","id":"o%d","name":"O","partOf":{"reference":"Organization/o%d"}}`, i, i+1)))
		}
		for from, told := range map[string]bool{"o0": true, "o2": true, "o3": false, "o5": false} {
			got, page := k.search("Organization?_id=" + from + "&_include:iterate=Organization:partof")
			if said := len(page.Issues) == 1 && page.Issues[0].Warning; said != told {
				t.Errorf("from %s: %q, and the page says %v", from, got, page.Issues)
			}
		}
	})
}
