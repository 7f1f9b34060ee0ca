package people_test

import (
	"context"
	"testing"
	"time"

	"frontdesk/handlers/smart/people"
	"frontdesk/handlers/smart/standing"
	"frontdesk/store"

	"frontdesk/handlers/pages/signin"
)

// told keeps what an observer is told.
type told struct{ all []store.Access }

func (t *told) Observe(_ context.Context, a *store.Access) error {
	t.all = append(t.all, *a)
	return nil
}

// P12: whom staff look for and choose at sign-in is told to the audit, with who it was; nothing of what they typed is.
func TestP12_WhomStaffLookForIsTold(t *testing.T) {
	k := newKit(t)
	stands, err := standing.New(k.store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	seen := &told{}
	finder := people.New(k.store, stands, seen)
	found, err := finder.Find(t.Context(), doctor, atWork, signin.Criteria{Name: "Mary", Born: "1980-05-01"})
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	if _, err := finder.Patient(t.Context(), doctor, atWork, "tom"); err != nil {
		t.Fatal(err)
	}
	if len(seen.all) != 2 || seen.all[0].Interaction != "search-type" || seen.all[1].Interaction != "read" {
		t.Fatalf("told %+v", seen.all)
	}
	if a := seen.all[0]; a.By.Person != doctor.Person || len(a.Items) != 1 || a.Items[0].Key.ID != "mary" ||
		a.Query != "" {
		t.Errorf("of the search it is told %+v", a)
	}
	if a := seen.all[1]; a.Key.ID != "tom" || a.By.Person != doctor.Person {
		t.Errorf("of the read it is told %+v", a)
	}
}
