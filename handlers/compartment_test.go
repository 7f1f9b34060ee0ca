package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/access"
)

// ward stores two patients, what is in their compartments, and staff.
func ward(c client) {
	c.Helper()
	for _, json := range []string{
		`{"resourceType":"Organization","id":"surgery","name":"Surgery"}`,
		`{"resourceType":"Practitioner","id":"dr","name":[{"family":"Drew"}]}`,
		`{"resourceType":"Practitioner","id":"idle","name":[{"family":"Idle"}]}`,
		`{"resourceType":"Medication","id":"amox","manufacturer":{"reference":"Organization/maker"}}`,
		`{"resourceType":"Organization","id":"maker","name":"Maker"}`,
		`{"resourceType":"Device","id":"cuff"}`,
		`{"resourceType":"Schedule","id":"s","actor":[{"reference":"Practitioner/dr"}]}`,
		`{"resourceType":"Slot","id":"s1","schedule":{"reference":"Schedule/s"},"status":"busy","start":"2024-05-01T09:00:00Z","end":"2024-05-01T09:10:00Z"}`,
		patient("a", "Ash"), patient("b", "Birch"),
		`{"resourceType":"Encounter","id":"ea","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/a"},"serviceProvider":{"reference":"Organization/surgery"},"period":{"start":"2024-04-30","end":"2024-05-02"}}`,
		`{"resourceType":"Appointment","id":"app","status":"booked","slot":[{"reference":"Slot/s1"}],"start":"2024-05-01T09:00:00Z","end":"2024-05-01T09:10:00Z","participant":[{"actor":{"reference":"Patient/a"},"status":"accepted"}]}`,
		`{"resourceType":"MedicationRequest","id":"ma","status":"active","intent":"order","subject":{"reference":"Patient/a"},"medicationReference":{"reference":"Medication/amox"},"authoredOn":"2023-01-01"}`,
		`{"resourceType":"AllergyIntolerance","id":"undated","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"patient":{"reference":"Patient/a"}}`,
		bloods("oa1", "a", "hb", "2024-05-01"), bloods("oa2", "a", "na", "2022-01-01"), bloods("ob1", "b", "hb", "2024-05-01"),
		`{"resourceType":"Observation","id":"both","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"},"derivedFrom":[{"reference":"Observation/oa1"}],"performer":[{"reference":"Patient/a"}]}`,
		`{"resourceType":"Observation","id":"from-b","status":"final","code":{"text":"y"},"subject":{"reference":"Patient/a"},"derivedFrom":[{"reference":"Observation/ob1"}],"device":{"reference":"Device/cuff"}}`,
	} {
		typ := strings.Split(json, `"`)[3]
		id := strings.Split(json, `"`)[7]
		c.do("PUT", "/"+typ+"/"+id, json).is(http.StatusCreated)
	}
}

func bloods(id, patient, code, date string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"coding":[{"system":"urn:c","code":"` + code +
		`"}]},"subject":{"reference":"Patient/` + patient + `"},"encounter":{"reference":"Encounter/e` + patient + `"},"performer":[{"reference":"Practitioner/dr"}],"effectiveDateTime":"` + date + `"}`
}

// seen is a page's resources as "Type/id", what was brought along with a plus, sorted.
func (b bundle) seen() string {
	var out []string
	for _, e := range b.Entry {
		mark := ""
		if e.Search.Mode == "include" {
			mark = "+"
		}
		out = append(out, mark+strings.TrimPrefix(e.FullURL, base+"/"))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestCompartments(t *testing.T) {
	everyBackend(t, func(t *testing.T, c shared) {
		ward(c.client)
		for path, want := range map[string]string{
			"/Patient/a/Observation":                                        "Observation/both Observation/from-b Observation/oa1 Observation/oa2",
			"/Patient/a/Observation?code=hb":                                "Observation/oa1",
			"/Patient/a/Observation?code=hb&_include=Observation:performer": "+Practitioner/dr Observation/oa1",
			"/Patient/a/Patient":                                            "Patient/a",
			"/Patient/a/*?_type=Encounter,MedicationRequest":                "Encounter/ea MedicationRequest/ma",
			"/Patient/a/*":                                                  "AllergyIntolerance/undated Appointment/app Encounter/ea MedicationRequest/ma Observation/both Observation/from-b Observation/oa1 Observation/oa2 Patient/a",
			"/Practitioner/dr/*":                                            "Observation/oa1 Observation/oa2 Observation/ob1 Practitioner/dr Schedule/s",
			"/Encounter/ea/*":                                               "Encounter/ea Observation/oa1 Observation/oa2",
			"/Encounter/eb/*":                                               "Observation/ob1", // of one that isn't there
			"/Device/cuff/*":                                                "Observation/from-b",
			"/RelatedPerson/nobody/*":                                       "",
			// What several types share can be asked for, there as of the whole system.
			"/Patient/a/*?_type=Observation,Encounter&status=final,finished": "Encounter/ea Observation/both Observation/from-b Observation/oa1 Observation/oa2",
			"?_type=Observation,Encounter&patient=a":                         "Encounter/ea Observation/from-b Observation/oa1 Observation/oa2",
			"?_type=Observation,MedicationRequest&patient.family=birch":      "Observation/both Observation/ob1",
			"/Patient/nobody/*": "",
		} {
			if got := c.do("GET", path, "").is(http.StatusOK).bundle().seen(); got != want {
				t.Errorf("%s gave %q, want %q", path, got, want)
			}
		}
		form := "Content-Type: application/x-www-form-urlencoded"
		b := c.do("POST", "/Patient/a/Observation/_search", "code=hb&_total=accurate", form).is(http.StatusOK).bundle()
		if b.seen() != "Observation/oa1" || *b.Total != 1 || !strings.HasPrefix(b.link("self"), base+"/Patient/a/Observation?code=hb") {
			t.Errorf("by POST: %+v", b)
		}
		c.do("GET", "/Patient/a/Organization", "").is(http.StatusNotFound).says("compartment of a Patient", "Observation")
		c.do("GET", "/Organization/surgery/Observation", "").is(http.StatusNotFound).says("no compartment")
		c.do("GET", "/Organization/surgery/*", "").is(http.StatusNotFound).says("no compartment")
		c.do("GET", "/Patient/a/Observations", "").is(http.StatusNotFound)
		c.do("GET", "/Patient/a/Observation?famly=x", "").is(http.StatusBadRequest).says("famly")
		c.do("GET", "/Patient/a/*?code=x", "").is(http.StatusBadRequest).says("code")
		c.do("POST", "/Patient/a/Observation", "{}").is(http.StatusMethodNotAllowed).has("Allow", "GET, HEAD, OPTIONS")
	})
}

// The pages of a compartment have all of it, each once, by their links alone.
func TestCompartmentPaging(t *testing.T) {
	everyBackend(t, func(t *testing.T, c shared) {
		ward(c.client)
		if got := c.walk("/Patient/a/*?_count=2"); len(got) != 9 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 9 {
			t.Errorf("the walk gave %v", got)
		}
	})
}

// To a patient another's compartment is as empty as that of someone who isn't there, to the byte.
func TestCompartmentHidden(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		c := all.as(access.PatientRead("a"))
		same := func(path string) {
			t.Helper()
			hidden := c.do("GET", strings.ReplaceAll(path, "{id}", "b"), "", "X-Request-Id: reference")
			absent := c.do("GET", strings.ReplaceAll(path, "{id}", "z"), "", "X-Request-Id: reference")
			if hidden.status != absent.status || strings.ReplaceAll(hidden.body, "Patient/b", "Patient/z") != absent.body {
				t.Errorf("%s: %s\n%s", path, hidden.body, absent.body)
			}
		}
		for _, path := range []string{"/Patient/{id}/Encounter", "/Patient/{id}/Condition?_total=accurate", "/Patient/{id}/$everything", "/Patient/{id}/Organization"} {
			same(path)
		}
		// What is in both compartments is the patient's own only if it is about the patient.
		if got := c.do("GET", "/Patient/b/*", "").bundle().seen(); got != "" {
			t.Errorf("of another's compartment a patient sees %s", got)
		}
		if got := c.do("GET", "/Practitioner/dr/*", "").bundle().seen(); got != "Observation/oa1 Observation/oa2 Practitioner/dr Schedule/s" {
			t.Errorf("of a doctor's compartment a patient sees %s", got)
		}
	})
}
