package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/handlers"
)

const (
	inRecord = "AllergyIntolerance/undated Appointment/app Encounter/ea MedicationRequest/ma Observation/both Observation/from-b Observation/oa1 Observation/oa2 Patient/a"
	around   = "+Device/cuff +Medication/amox +Organization/maker +Organization/surgery +Practitioner/dr +Schedule/s +Slot/s1 "
)

func TestEverything(t *testing.T) {
	everyBackend(t, func(t *testing.T, c shared) {
		ward(c.client)
		for path, want := range map[string]string{
			"/Patient/a/$everything":                                         around + inRecord,
			"/Patient/a/$everything?_type=Observation,Practitioner":          "+Practitioner/dr Observation/both Observation/from-b Observation/oa1 Observation/oa2",
			"/Patient/a/$everything?_type=Observation&_type=Practitioner":    "+Practitioner/dr Observation/both Observation/from-b Observation/oa1 Observation/oa2",
			"/Patient/a/$everything?_type=Encounter&start=2024-05-02":        "Encounter/ea", // it went on until that day
			"/Patient/a/$everything?_type=Encounter&start=2024-05-03":        "",
			"/Patient/a/$everything?_type=Encounter&end=2024-04-29":          "",
			"/Patient/a/$everything?_type=Encounter&end=2024-04":             "Encounter/ea",
			"/Patient/a/$everything?start=2021&end=2022":                     "+Device/cuff +Practitioner/dr AllergyIntolerance/undated Observation/both Observation/from-b Observation/oa2 Patient/a",
			"/Patient/a/$everything?_since=2099-01-01T00:00:00Z":             "Patient/a",
			"/Patient/a/$everything?_since=2000-01-01T00:00:00Z":             around + inRecord,
			"/Patient/b/$everything?_type=Patient,Observation":               "Observation/both Observation/ob1 Patient/b",
			"/Patient/$everything?_type=Patient,Encounter,Slot,Schedule":     "Encounter/ea Patient/a Patient/b",
			"/Patient/$everything?_type=Patient&_since=2099-01-01T00:00:00Z": "",
		} {
			if got := c.do("GET", path, "").is(http.StatusOK).bundle().seen(); got != want {
				t.Errorf("%s gave %q, want %q", path, got, want)
			}
		}
		c.do("GET", "/Patient/nobody/$everything", "").is(http.StatusNotFound)
		for query, says := range map[string]string{"start=yesterday": "start", "end=": "end", "_since=x": "_since", "_type=Observations": "_type", "_count=0": "_count", "_count=1&_count=2": "more than once",
			"code=x": "code", "_cursor=AAAA": "_cursor", "_cursor=cA": "_cursor", "_cursor=x": "_cursor"} {
			c.do("GET", "/Patient/a/$everything?"+query, "").is(http.StatusBadRequest).says(says)
		}
		for _, made := range []string{"c", "cObservation", "cObservation\x00o", "cSlot\x00\x00", "cObservation\x00x\x00made up", "x"} {
			c.do("GET", "/Patient/a/$everything?_cursor="+search.Place{After: search.Position(made)}.Cursor(),
				"").is(http.StatusBadRequest).says("page link")
		}
	})
}

// Whatever the size of the pages, they have all of it, each once, and the same in the same order.
func TestEverythingPaging(t *testing.T) {
	everyBackend(t, func(t *testing.T, c shared) {
		ward(c.client)
		whole := c.walk("/Patient/a/$everything")
		for n := 1; n <= len(whole)+1; n++ {
			if got := c.walk(fmt.Sprint("/Patient/a/$everything?_count=", n)); !slices.Equal(got, whole) {
				t.Errorf("by %d: %v, want %v", n, got, whole)
			}
		}
		all := c.walk("/Patient/$everything")
		if got := c.walk("/Patient/$everything?_count=3"); !slices.Equal(got, all) {
			t.Errorf("of all: %v, want %v", got, all)
		}
	})
}

// What others write between the pages makes nothing that stays come twice or not at all.
func TestEverythingWhileWriting(t *testing.T) {
	everyBackend(t, func(t *testing.T, c shared) {
		ward(c.client)
		whole := c.walk("/Patient/a/$everything")
		var got []string
		path := "/Patient/a/$everything?_count=2"
		for n := 0; path != ""; n++ {
			b := c.do("GET", path, "").is(http.StatusOK).bundle()
			for _, e := range b.Entry {
				got = append(got, strings.TrimPrefix(e.FullURL, base+"/"))
			}
			path = strings.TrimPrefix(b.link("next"), base)
			c.do("PUT", "/Observation/oa1", bloods("oa1", "a", "hb", fmt.Sprintf("20%02d-05-01", 10+n))).is(http.StatusOK)
			c.do("PUT", "/Patient/a", patient("a", fmt.Sprint("Ash", n))).is(http.StatusOK)
			c.do("POST", "/Observation", strings.Replace(bloods("", "a", "new", "2024-01-01"), `"id":"",`, "", 1)).is(http.StatusCreated)
		}
		for _, ref := range whole {
			if n := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s != ref })); n != 1 {
				t.Errorf("%s came %d times in %v", ref, n, got)
			}
		}
	})
}

// A patient's grant shows what is about the patient and the directory around it, of all patients that one; another's is
// not found.
func TestEverythingGranted(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		c := all.as(access.PatientRead("a"))
		mine := strings.Replace(inRecord, "Observation/both ", "", 1) // performed by a, but about b
		outside := strings.Replace(around, "+Device/cuff ", "", 1)    // which doesn't say whose it is, so it is nobody's
		for path, want := range map[string]string{"/Patient/a/$everything": outside + mine, "/Patient/$everything": mine} {
			if got := c.do("GET", path, "").is(http.StatusOK).bundle().seen(); got != want {
				t.Errorf("%s gave %q", path, got)
			}
		}
		c.do("GET", "/Patient/b/$everything", "").is(http.StatusNotFound)
		c.do("GET", "/Observation/$lastn?patient=b&category=laboratory", "").is(http.StatusOK).hasNo("entry")
	})
}

// By POST, in a Parameters resource, the same is asked, and the links of its pages are for GET.
func TestOperationByPost(t *testing.T) {
	c := newClient(t)
	ward(c)
	const body = `{"resourceType":"Parameters","parameter":[{"name":"_type","valueCode":"Observation"},{"name":"_count","valueInteger":3},{"name":"start","valueDate":"2020"}]}`
	got := c.do("POST", "/Patient/a/$everything", body).is(http.StatusOK).bundle()
	if got.seen() != "Observation/both Observation/from-b Observation/oa1" {
		t.Errorf("got %s", got.seen())
	}
	if rest := c.walk(strings.TrimPrefix(got.link("next"), base)); !slices.Equal(rest, []string{"Observation/oa2"}) {
		t.Errorf("behind %s comes %v", got.link("next"), rest)
	}
	c.do("POST", "/Patient/a/$everything?_type=Patient", "").is(http.StatusOK).says("Ash")
	c.do("POST", "/Patient/a/$everything", patient("a", "Ash")).is(http.StatusBadRequest).says("Parameters")
	c.do("POST", "/Patient/a/$everything", `{"resourceType":"Parameters","parameter":[{"name":"stat","valueDate":"2020"}]}`).is(http.StatusBadRequest).says("stat")
	c.do("POST", "/Patient/a/$everything", `{"resourceType":"Parameters","parameter":[{"name":"start","valuePeriod":{"start":"2020"}}]}`).is(http.StatusBadRequest).says("start", "primitive")
	c.do("POST", "/Observation/$lastn", `{"resourceType":"Parameters","parameter":[{"name":"patient","valueString":"a"},{"name":"code","valueString":"urn:c|hb"}]}`).is(http.StatusOK).says("oa1")
	// In a batch too, by either method.
	batch := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/a/$everything?_type=Patient"}},{"request":{"method":"GET","url":"Patient/a/Encounter"}},
		{"resource":` + body + `,"request":{"method":"POST","url":"Patient/a/$everything"}}]}`
	c.do("POST", "", batch).is(http.StatusOK).says("Ash", "AMB", "oa1").hasNo("OperationOutcome")
}

func TestOperationsAreTold(t *testing.T) {
	c := newClient(t)
	c.put("a", "Ash")
	for path, says := range map[string]string{
		"/Patient/a/$nothing": "$everything", "/Patient/$nothing": "$everything", "/$nothing": "$export",
		"/Patient/$lastn": "$everything", "/Observation/$everything": "$lastn",
		"/Observation/1/$everything": "$hide", "/Observation/1/$lastn": "$hide", "/Slot/1/$hide": "none",
	} {
		c.do("GET", path, "").is(http.StatusNotFound).says(path[strings.Index(path, "$"):], says)
		c.do("POST", path, `{"resourceType":"Parameters"}`).is(http.StatusNotFound)
	}
	c.do("DELETE", "/Patient/a/$everything", "").is(http.StatusMethodNotAllowed).has("Allow", "GET, HEAD, OPTIONS, POST")
	c.do("GET", "/OperationDefinition/Patient-everything", "").is(http.StatusOK).says(`"code":"everything"`, `"url":"`+base+`/OperationDefinition/Patient-everything"`)
	c.do("GET", "/OperationDefinition/Patient-everything?_elements=code", "").is(http.StatusOK).hasNo("description")
	own := `{"resourceType":"OperationDefinition","id":"Patient-everything","name":"X","status":"active","kind":"operation","code":"x","system":false,"type":false,"instance":false}`
	c.do("PUT", "/OperationDefinition/Patient-everything", own).is(http.StatusUnprocessableEntity)
	c.do("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":`+own+`,"request":{"method":"PUT","url":"OperationDefinition/Patient-everything"}}]}`).
		is(http.StatusUnprocessableEntity)
}

// lastNs are the ids of $lastn's Observations, in their order.
func (c client) lastN(query string) string {
	c.Helper()
	return strings.Join(c.do("GET", "/Observation/$lastn?"+query, "").is(http.StatusOK).bundle().ids(), " ")
}

func TestLastN(t *testing.T) {
	everyBackend(t, func(t *testing.T, c shared) {
		c.put("a", "Ash")
		c.put("b", "Birch")
		code := func(id, concept, date string) {
			c.do("PUT", "/Observation/"+id, `{"resourceType":"Observation","id":"`+id+`","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":`+concept+
				`,"subject":{"reference":"Patient/a"},"effectiveDateTime":"`+date+`"}`).is(http.StatusCreated)
		}
		coding := func(codes ...string) string {
			for i, code := range codes {
				codes[i] = `{"system":"urn:c","code":"` + code + `"}`
			}
			return `{"coding":[` + strings.Join(codes, ",") + `],"text":"any"}`
		}
		code("hb1", coding("hb"), "2024-01-01")
		code("hb2", coding("hb"), "2024-02-01")
		code("hb3", coding("hb"), "2024-02-01") // at the same time
		code("hb4", coding("hb"), "2023-01-01")
		code("na1", coding("na"), "2024-03-01")
		code("na2", coding("nat"), "2024-04-01")
		code("na3", coding("na", "nat"), "2022-04-01") // tells that the two are one
		code("other", `{"coding":[{"system":"urn:other","code":"hb"}]}`, "2021-01-01")
		code("text1", `{"text":"Text"}`, "2020-01-01")
		code("text2", `{"text":"t e x t"}`, "2020-02-01")
		code("text3", `{"text":"Text"}`, "2020-03-01")
		c.do("PUT", "/Observation/undated", `{"resourceType":"Observation","id":"undated","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":`+coding("none")+`,"subject":{"reference":"Patient/a"}}`)
		c.do("PUT", "/Observation/b", bloods("b", "b", "hb", "2025-01-01"))
		for query, want := range map[string]string{
			"patient=a&category=laboratory":                         "na2 hb3 hb2 other text3 text2 undated",
			"patient=a&category=laboratory&max=2":                   "na2 na1 hb3 hb2 other text3 text1 text2 undated",
			"patient=a&category=laboratory&max=3":                   "na2 na1 na3 hb3 hb2 hb1 other text3 text1 text2 undated",
			"subject=Patient/a&code=urn:c|hb&date=lt2024-02":        "hb1",
			"patient=a&code:text=any&date=ge2024-03":                "na2 na1", // what would tell that they are one isn't asked for
			"patient=b&category=laboratory&max=9":                   "b",
			"patient=nobody&category=laboratory":                    "",
			"patient=a&category=laboratory&status=entered-in-error": "",
		} {
			if got := c.lastN(query); got != want {
				t.Errorf("%s gave %q, want %q", query, got, want)
			}
		}
		for query, says := range map[string]string{"patient=a": "category", "code=x": "subject", "patient=a&code=x&max=0": "max", "patient=a&code=x&_sort=date": "_sort", "patient=a&code=x&foo=1": "foo",
			"": "subject", "patient=a&code=x&_cursor=AAAA": "subject", "patient=a&code=%zz": "%", "patient=a&code=x&max=1&max=2": "max"} {
			c.do("GET", "/Observation/$lastn?"+query, "").is(http.StatusBadRequest).says(says)
		}
		few := c.as(access.PatientRead("a"), func(o *handlers.Options) { o.Limits.LastN = 11 })
		few.do("GET", "/Observation/$lastn?patient=a&category=laboratory", "").is(http.StatusForbidden).says("More than 11", "category")
		few.do("GET", "/Observation/$lastn?patient=a&category=laboratory&date=gt2000", "").is(http.StatusOK)
	})
}
