package settings_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/handlers/settings"
	"frontdesk/store/online"
)

func decoded(t *testing.T, text []byte) *fhir.Resource {
	t.Helper()
	r, err := codec.Decode(text, codec.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

// What is told, sent back, decides the same: nothing is lost on the way.
func TestWhatIsToldCanBeSentBack(t *testing.T) {
	practice := online.Practice{Sections: map[string]access.Level{"messages": access.Manage, "problems": access.None, "allergies": 0, "vaccinations": 0, "measurements": 0, "documents": 0, "consultations": 0, "notes": 0, "appointments": 0, "prescriptions": 0, "results": access.CanView},
		From: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Suspended: true, BookingWindow: online.Duration(36 * time.Hour), BookingEmbargo: online.Duration(15 * time.Minute),
		CancelDeadline: online.Duration(48 * time.Hour), MaxFuture: 2, ResultsDelay: 0, MessagesPerDay: 4, MessageLength: 900, AttachmentSize: 70, Closed: []string{"2026-12-25", "2026-12-28"},
		Opening: []online.Hours{{Days: []time.Weekday{time.Monday, time.Sunday}, From: "08:00", To: "18:30"}, {Days: []time.Weekday{time.Friday}, From: "09:00", To: "12:00"}}}
	told, err := settings.Practice(&practice, nil)
	if err != nil {
		t.Fatal(err)
	}
	back := online.Defaults()
	if _, err := settings.Practice(&back, decoded(t, told)); err != nil || !reflect.DeepEqual(back, practice) {
		t.Errorf("%s\nbecame %+v (%v), was %+v", told, back, err, practice)
	}
	person := online.Person{Sections: map[string]access.Level{"problems": access.CanView}, ResultsAtOnce: true, Safer: map[string]access.Level{"results": access.None}}
	if told, err = settings.Person("Patient", true, &person, nil); err != nil {
		t.Fatal(err)
	}
	var same online.Person
	if _, err := settings.Person("Patient", true, &same, decoded(t, told)); err != nil || !reflect.DeepEqual(same, person) {
		t.Errorf("%s\nbecame %+v (%v), was %+v", told, same, err, person)
	}
}

func TestOnlyWhatIsNamedChanges(t *testing.T) {
	was := online.Person{Sections: map[string]access.Level{"problems": access.CanView, "results": access.None}, From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ResultsAtOnce: true}
	now := was
	change := decoded(t, []byte(`{"resourceType":"Parameters","parameter":[{"name":"section","part":[{"name":"name","valueCode":"results"},{"name":"level","valueCode":"view"}]},
		{"name":"clear","valueCode":"visible-from"}]}`))
	if _, err := settings.Person("Patient", true, &now, change); err != nil {
		t.Fatal(err)
	}
	want := online.Person{Sections: map[string]access.Level{"problems": access.CanView, "results": access.CanView}, ResultsAtOnce: true}
	if !reflect.DeepEqual(now, want) {
		t.Errorf("%+v, want %+v", now, want)
	}
	if was.Sections["results"] != access.None {
		t.Error("the settings that were read were changed themselves")
	}
}

func TestAProxyHasNoSaferView(t *testing.T) {
	var p online.Person
	_, err := settings.Person("RelatedPerson", true, &p, decoded(t, []byte(`{"resourceType":"Parameters","parameter":[{"name":"results-at-once","valueBoolean":true}]}`)))
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind != fhir.Invalid || e.Issues[0].Coding != "INVALID_PARAMETER" {
		t.Errorf("a patient's parameter for a proxy: %v", err)
	}
}

// A definition has for each parameter a type, or parts (R4 operationdefinition, opd-1).
func TestEachParameterIsDefined(t *testing.T) {
	for _, typ := range []string{"Patient", "RelatedPerson", "Organization"} {
		ps := settings.Definition(typ)
		if len(ps) < 7 {
			t.Errorf("%s: %d parameters", typ, len(ps))
		}
		for _, p := range ps {
			if text, _ := json.Marshal(p); (p.Type == "") == (p.Part == nil) || p.Documentation == "" {
				t.Errorf("%s: %s", typ, text)
			}
		}
	}
}
