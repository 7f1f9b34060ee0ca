package standing_test

import (
	"context"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
	"frontdesk/store/online"
)

// set decides on online access.
func (k *kit) set(st *store.Store, who fhir.Key, settings any) {
	k.Helper()
	if err := online.Set(context.Background(), st, who, settings); err != nil {
		k.Fatal(err)
	}
}

// view is what a person is shown of Patient/1.
func (k *kit) view(person string, safer bool) access.View {
	k.Helper()
	views, err := k.Views(context.Background(), access.Identity{Person: person}, []string{"1"}, safer)
	if err != nil {
		k.Fatal(err)
	}
	return views["1"]
}

func TestAViewIsWhatPracticePatientAndProxyDecided(t *testing.T) {
	k := newKit(t)
	k.put(`{"resourceType":"Patient","id":"1","generalPractitioner":[{"reference":"Practitioner/d"},{"reference":"Organization/gp"}]}`)
	practice := online.Defaults()
	practice.Sections["messages"] = access.None
	k.set(k.store, fhir.Key{Type: "Organization", ID: "gp"}, practice)
	if v := k.view("Patient/1", false); v.Levels["messages"] != access.None || v.Levels["appointments"] != access.Manage || v.Suspended || !v.Audit {
		t.Errorf("by the practice alone: %+v", v)
	}
	if v := k.view("RelatedPerson/p", false); !v.Suspended {
		t.Errorf("a proxy for whom nothing was decided: %+v", v)
	}
	k.set(k.store, fhir.Key{Type: "RelatedPerson", ID: "p"}, online.Person{Sections: map[string]access.Level{"appointments": access.CanView, "messages": access.Manage}})
	if v := k.view("RelatedPerson/p", false); v.Suspended || v.Levels["appointments"] != access.CanView || v.Levels["messages"] != access.None || v.Audit {
		t.Errorf("a proxy: %+v", v)
	}
	k.set(k.store, fhir.Key{Type: "Patient", ID: "1"}, online.Person{Safer: map[string]access.Level{"appointments": access.Manage}})
	if v := k.view("Patient/1", true); v.Suspended || v.Levels["results"] != access.None || v.Levels["appointments"] != access.Manage || v.Audit {
		t.Errorf("the safer view: %+v", v)
	}
	if v := k.view("Patient/1", false); v.Levels["results"] != access.CanView {
		t.Errorf("the other view: %+v", v)
	}
	// The record moves to another practice, which decided nothing.
	k.put(`{"resourceType":"Patient","id":"1","managingOrganization":{"reference":"Organization/new"}}`)
	if v := k.view("Patient/1", false); v.Levels["messages"] != access.Manage {
		t.Errorf("at the new practice: %+v", v)
	}
	if v := k.view("Practitioner/d", false); v.Levels != nil {
		t.Errorf("staff are bound: %+v", v)
	}
}

func TestOfferedIsWhetherAnythingIsOpen(t *testing.T) {
	k := newKit(t)
	offered := func(person, patient string) bool {
		t.Helper()
		ok, err := k.Offered(context.Background(), access.Identity{Person: person}, patient, false)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !offered("Patient/1", "1") || !offered("Practitioner/d", "1") || offered("RelatedPerson/p", "1") {
		t.Error("patients and staff are offered access, and who is nobody's proxy isn't")
	}
	k.set(k.store, fhir.Key{Type: "Patient", ID: "1"}, online.Person{Suspended: true})
	if offered("Patient/1", "1") || offered("Patient/1", "") || !offered("Practitioner/d", "1") {
		t.Error("suspended is the patient, and nobody else")
	}
}
