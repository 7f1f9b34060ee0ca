package people_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

func TestWhatAnAppSawIsToldBySections(t *testing.T) {
	k := newKit(t)
	recorder := audit.New(audit.Options{Store: k.store})
	defer recorder.Close(context.Background())
	when := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	by := func(approval string) access.Identity {
		return access.Identity{Client: "diary", Account: "mary", Person: "Patient/mary", Approval: approval}
	}
	for _, e := range []audit.Event{
		{When: when, By: by("1"), Shown: audit.Shown{{Patient: "mary", Type: "Patient"}: 1, {Patient: "tom", Type: "Condition"}: 1}},
		{When: when.Add(time.Hour), By: by("1"), Shown: audit.Shown{{Patient: "mary", Type: "Observation"}: 2, {Patient: "mary", Type: "Condition"}: 3, {Patient: "mary", Type: "AllergyIntolerance"}: 4}},
		{When: when.Add(2 * time.Hour), By: by("2"), Shown: audit.Shown{{Patient: "mary", Type: "Condition"}: 9}},
	} {
		e.What, e.Request = "search-type", "r"
		if err := recorder.Record(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := recorder.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := []signin.Seen{
		{When: when.Add(time.Hour), What: "Allergies: 4 entries. Problems: 3 entries. Test results or Measurements: 2 entries."},
		{When: when, What: "Personal details: 1 entry."},
	}
	for _, approval := range []state.Approval{{ID: "1", Person: "Patient/mary", Patient: "mary"}, {ID: "1", Person: "Patient/mary"}} {
		got, err := k.Seen(context.Background(), approval)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %+v (%v), not %+v", approval, got, err, want)
		}
	}
	if got, err := k.Seen(context.Background(), state.Approval{ID: "1", Person: "Practitioner/lee"}); err != nil || got != nil {
		t.Errorf("of a whole practice: %+v (%v)", got, err)
	}
}
