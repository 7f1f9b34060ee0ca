package record_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/record"
	"frontdesk/handlers/pages/sitetest"
	"frontdesk/store"
	"frontdesk/store/online"
	"frontdesk/store/rules"
)

// morning is when these tests take place: tomorrow, for sessions in the past would be over.
var morning = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).Add(9 * time.Hour)

// on is a time of a day after morning, as a page says it in a layout.
func on(day, hour int, layout string) string {
	return morning.AddDate(0, 0, day).Add(time.Duration(hour-9) * time.Hour).Format(layout)
}

// How a page writes a day, and the time of an appointment.
const (
	date  = "Monday 2 January 2006"
	whole = date + " at 3:04pm"
)

// open is a practice with its rules, and a doctor with free times on the next days: slots d-h of day d and hour h.
func open(t *testing.T) *sitetest.Practice {
	t.Helper()
	p := sitetest.Open(t, []pages.Part{record.Part()}, func(p *sitetest.Practice) {
		p.Now = morning
		p.Rules = func(base string, r store.Records) []store.Rule {
			registry, err := spec.Load()
			must(t, err)
			return rules.All(rules.Options{Base: base, Registry: registry, Records: r, Zone: time.UTC,
				Now: func() time.Time { return p.Now }})
		}
	})
	p.Put(`{"resourceType":"Location","id":"house","name":"Willow House","status":"active",
			"managingOrganization":{"reference":"Organization/here"}}`,
		`{"resourceType":"Schedule","id":"lee","active":true,"actor":[{"reference":"Practitioner/lee"},
			{"reference":"Location/house"}]}`)
	for day := 1; day <= 3; day++ {
		for hour := 9; hour < 12; hour++ {
			at := morning.AddDate(0, 0, day).Add(time.Duration(hour-9) * time.Hour)
			p.Put(fmt.Sprintf(`{"resourceType":"Slot","id":"%d-%d","schedule":{"reference":"Schedule/lee"},
				"status":"free","start":%q,"end":%q}`, day, hour, at.Format(time.RFC3339),
				at.Add(10*time.Minute).Format(time.RFC3339)))
		}
	}
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stored is a resource as it is kept.
func stored(p *sitetest.Practice, typ, id string) (it map[string]any) {
	p.T.Helper()
	st, err := p.Store.As(access.Everything("test"), store.Unobserved).Read(p.T.Context(), fhir.Key{Type: typ, ID: id})
	must(p.T, err)
	must(p.T, json.Unmarshal(st.JSON, &it))
	return it
}

// levels decides what is open of a patient's record.
func levels(p *sitetest.Practice, patient string, open map[string]access.Level) {
	p.T.Helper()
	all := map[string]access.Level{}
	for _, section := range p.Store.Registry().Sections() {
		all[section.Name] = access.None
	}
	for section, level := range open {
		all[section] = level
	}
	must(p.T, online.Set(p.T.Context(), p.Store, fhir.Key{Type: "Patient", ID: patient}, online.Person{Sections: all}))
}
