package access

import (
	"errors"
	"frontdesk/fhir/search/expr"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

func registry(t testing.TB) *spec.Registry {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func scopes(t testing.TB, text string) Scopes {
	t.Helper()
	s, err := ParseScopes(registry(t), text, search.Options{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}

// S1: (patient|user|system)/(Type|*).[c][r][u][d][s][?param=value], the letters in that order.
func TestS1_Grammar(t *testing.T) {
	for text, want := range map[string]string{
		"patient/Observation.rs": "patient/Observation.rs", "user/*.cruds": "user/*.cruds", "system/Patient.r": "system/Patient.r",
		"patient/Observation.rs?category=laboratory":                    "patient/Observation.rs?category=laboratory",
		"patient/Observation.rs?category=laboratory&status=final":       "patient/Observation.rs?category=laboratory&status=final",
		"patient/Observation.rs?category=http://t.example%7Claboratory": "patient/Observation.rs?category=http://t.example%7Claboratory",
		"patient/*.rs?_tag=online":                                      "patient/*.rs?_tag=online",
	} {
		s := scopes(t, text)
		if s.String() != text || len(s.clinical) != 1 || s.clinical[0].written() != want {
			t.Errorf("%s: got %+v", text, s.clinical)
		}
	}
}

// S1: what doesn't parse grants nothing, and is named with the reason.
func TestS1_Refused(t *testing.T) {
	for text, reason := range map[string]string{
		"patient/Observation":                                "no scope of SMART",
		"patient/observation.rs":                             "no scope of SMART",
		"patient/Observatio.rs":                              "isn't in R4",
		"Patient/Observation.rs":                             "no scope of SMART",
		"practice/Observation.rs":                            "no scope of SMART",
		"patient/Observation.sr":                             "in that order",
		"patient/Observation.rr":                             "in that order",
		"patient/Observation.":                               "no scope of SMART",
		"patient/Observation.x":                              "in that order",
		"patient/Observation.rs?":                            "question mark",
		"patient/Observation.read?category=x":                "query",
		"patient/Observation.rs?nonsense=1":                  "nonsense",
		"patient/Observation.rs?subject.name=x":              "other resources",
		"patient/Patient.rs?_has:Observation:patient:code=x": "other resources",
		"patient/Observation.rs?date=2026-13":                "2026-13",
		"patient/Observation.rs?_count=3":                    "_count",
		"patient/*.rs?category=laboratory":                   "category",
		"patient/*.rs?_id=1#fragment":                        "",
		"email":                                              "no scope of SMART",
	} {
		s, err := ParseScopes(registry(t), "openid "+text, search.Options{})
		if reason == "" {
			continue
		}
		var e *fhir.Error
		if !errors.As(err, &e) || e.Kind != fhir.Invalid || !strings.Contains(e.Error(), reason) || !strings.Contains(e.Error(), strings.SplitN(text, `"`, 2)[0]) {
			t.Errorf("%s: got %v, want %s", text, err, reason)
		}
		if s.String() != "openid" || len(s.clinical) != 0 {
			t.Errorf("%s: what doesn't parse is kept: %v", text, s)
		}
	}
}

// S3: the permissions of version 1 are accepted and echoed as they came.
func TestS3_Version1(t *testing.T) {
	s := scopes(t, "patient/Observation.read user/Patient.write system/*.*")
	if s.String() != "patient/Observation.read user/Patient.write system/*.*" {
		t.Errorf("echoed as %s", s)
	}
	for i, want := range []Interaction{R | S, C | U | D, all} {
		if got := s.clinical[i].can; got != want {
			t.Errorf("%s: %s, want %s", s.texts[i], got, want)
		}
	}
}

// S6: what is granted is what was asked for narrowed to what is allowed, and it is said in scopes.
func TestS6_Narrowed(t *testing.T) {
	for _, c := range []struct{ asked, allowed, want string }{
		{"patient/*.rs openid", "patient/*.cruds openid fhirUser", "patient/*.rs openid"},
		{"patient/*.read", "patient/*.cruds", "patient/*.read"},
		{"patient/*.read", "patient/Observation.rs patient/Patient.r", "patient/Observation.read patient/Patient.r"},
		{"patient/Observation.cruds", "patient/*.rs", "patient/Observation.rs"},
		{"patient/Observation.*", "patient/Observation.read", "patient/Observation.read"},
		{"patient/Observation.*", "patient/*.cud", "patient/Observation.write"},
		{"patient/Observation.rs", "patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=laboratory"},
		{"patient/Observation.rs?status=final", "patient/*.rs", "patient/Observation.rs?status=final"},
		{"patient/Observation.rs?status=final", "patient/Observation.r?category=laboratory", "patient/Observation.r?status=final&category=laboratory"},
		{"patient/Observation.rs", "user/*.cruds system/*.cruds", ""},
		{"user/*.rs", "patient/*.rs", ""},
		{"patient/Observation.c", "patient/*.rs", ""},
		{"launch offline_access", "offline_access", "offline_access"},
		{"patient/Observation.rs patient/*.r", "patient/*.rs", "patient/Observation.rs patient/*.r"},
	} {
		if got := scopes(t, c.asked).Within(scopes(t, c.allowed)); got.String() != c.want && !sameWords(got.String(), c.want) {
			t.Errorf("%s within %s: %s, want %s", c.asked, c.allowed, got, c.want)
		}
	}
}

func sameWords(a, b string) bool {
	have := map[string]bool{}
	for f := range strings.FieldsSeq(a) {
		have[f] = true
	}
	n := 0
	for f := range strings.FieldsSeq(b) {
		if n++; !have[f] {
			return false
		}
	}
	return n == len(have)
}

// What is narrowed again parses, and means what it says.
func TestNarrowedParses(t *testing.T) {
	got := scopes(t, "patient/*.rs user/Observation.cruds?status=final").Within(scopes(t, "patient/Observation.rs?category=laboratory user/*.r"))
	again := scopes(t, got.String())
	for i, s := range got.clinical {
		o := again.clinical[i]
		if expr.Print(s.where["Observation"]) != expr.Print(o.where["Observation"]) && s.query != "" {
			t.Errorf("%s means %s, and parsed again %s", s.text, expr.Print(s.where["Observation"]), expr.Print(o.where["Observation"]))
		}
	}
	if got.String() != "patient/Observation.rs?category=laboratory user/Observation.r?status=final" {
		t.Errorf("got %s", got)
	}
}

func TestSections(t *testing.T) {
	r := registry(t)
	show := func(s Scopes) string {
		var out []string
		for _, x := range s.Sections(r) {
			out = append(out, x.Name+": "+x.Words)
		}
		return strings.Join(out, ", ")
	}
	for text, want := range map[string]string{
		"patient/*.rs": "details: view, appointments: view, prescriptions: view, results: view, messages: view, problems: view, allergies: view, vaccinations: view, measurements: view, documents: view, consultations: view, notes: view, practice: view, audit: view",
		"patient/Appointment.cruds patient/Slot.rs": "appointments: view and change",
		"patient/Observation.rs":                    "results: view, measurements: view",
		"patient/Slot.cruds":                        "appointments: view",
		"system/*.cruds openid":                     "",
	} {
		if got := show(scopes(t, text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	// What is asked of those who are online is what they can do (online.tsv).
	for text, want := range map[string]string{
		"patient/*.cruds": "details: view and ask for changes, appointments: view and change, prescriptions: view and change, results: view, messages: view and change, problems: view, allergies: view, vaccinations: view, measurements: view and change, documents: view, consultations: view, notes: view and change, practice: view, audit: view",
		"patient/*.rs":    "details: view, appointments: view, prescriptions: view, results: view, messages: view, problems: view, allergies: view, vaccinations: view, measurements: view, documents: view, consultations: view, notes: view, practice: view, audit: view",
		"patient/*.d":     "details: view, appointments: view, prescriptions: view, results: view, messages: view, problems: view, allergies: view, vaccinations: view, measurements: view, documents: view, consultations: view, notes: view",
	} {
		var out []string
		for _, x := range scopes(t, text).Sections(r) {
			out = append(out, x.Name+": "+x.Online(Manage).Words)
		}
		if got := strings.Join(out, ", "); got != want {
			t.Errorf("%s online: %s, want %s", text, got, want)
		}
	}
	kept := scopes(t, "patient/*.rs openid").Keep(r, []string{"details", "problems", "allergies", "vaccinations", "measurements", "documents", "consultations", "notes", "practice", "appointments", "prescriptions", "messages", "audit"})
	if !strings.Contains(kept.String(), "patient/Observation.rs?category:not=laboratory") || strings.Contains(kept.String(), "DiagnosticReport") || !kept.Has("openid") {
		t.Errorf("without results: %s", kept)
	}
	if got := show(kept); got != "details: view, appointments: view, prescriptions: view, messages: view, problems: view, allergies: view, vaccinations: view, measurements: view, documents: view, consultations: view, notes: view, practice: view, audit: view" {
		t.Errorf("sections of what is kept: %s", got)
	}
	if again := scopes(t, kept.String()); again.String() != kept.String() {
		t.Errorf("what is kept doesn't parse to itself: %s", again)
	}
	whole := scopes(t, "patient/*.read")
	if got := whole.Keep(r, []string{"details", "appointments", "prescriptions", "results", "messages", "problems", "allergies", "vaccinations", "measurements", "documents", "consultations", "notes", "practice", "audit"}); got.String() != "patient/*.read" {
		t.Errorf("with all sections: %s", got)
	}
	if got := whole.Keep(r, nil); got.String() != "" {
		t.Errorf("with no section: %s", got)
	}
}

// A10: what was asked for in version 1 and narrowed stays in version 1. Where a query narrows it, version 1 can't say
// so: what is enforced has the query, and what an app is told hasn't.
func TestA10_Version1StaysVersion1(t *testing.T) {
	r := registry(t)
	kept := scopes(t, "patient/*.read openid").Keep(r, []string{"details", "problems", "allergies", "vaccinations", "measurements", "documents", "consultations", "notes", "practice"})
	if !strings.Contains(kept.String(), "patient/Condition.read") || !strings.Contains(kept.String(), "patient/Observation.rs?category:not=laboratory") {
		t.Errorf("kept is %s", kept)
	}
	auditedSections, ok := kept.Version1()
	if !ok || !auditedSections.Has("openid") || strings.Count(auditedSections.String(), "patient/Observation.read") != 1 {
		t.Errorf("told is %s", auditedSections)
	}
	for _, o := range auditedSections.clinical {
		if !strings.HasSuffix(o.text, ".read") {
			t.Errorf("%s isn't version 1", o.text)
		}
	}
	if again := scopes(t, auditedSections.String()).Within(kept); again.String() != kept.String() && !sameWords(again.String(), kept.String()) {
		t.Errorf("what is told, within what was kept, is %s", again)
	}
	if _, ok := scopes(t, "patient/Patient.r").Version1(); ok {
		t.Error("reading without searching is said in version 1")
	}
	for text, want := range map[string]bool{"patient/*.read openid": true, "patient/*.read patient/Patient.r": false, "openid": false} {
		if got := scopes(t, text).IsVersion1(); got != want {
			t.Errorf("%s: version 1 %v", text, got)
		}
	}
}
