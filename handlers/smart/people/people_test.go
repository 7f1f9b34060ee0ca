package people_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/people"
	"frontdesk/handlers/smart/standing"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/online"
)

var _ signin.People = (*people.People)(nil)

// kit is the People of a store that a test fills.
type kit struct {
	*testing.T
	*people.People
	store   *store.Store
	session *store.Session
}

// newKit is a practice with a doctor, Mary Jones and her son Tom, and another practice with a namesake.
func newKit(t *testing.T) *kit {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	st := store.Open(memory.Open(r), r, store.Options{Base: "https://frontdesk.example/fhir"})
	stands, err := standing.New(st, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{t, people.New(st, stands, store.Unobserved), st, st.As(access.Everything("test"), store.Unobserved)}
	k.put("Organization", "here", `"name":"Here"`)
	k.put("Organization", "there", `"name":"There"`)
	k.put("Practitioner", "lee", `"active":true`)
	k.role("true")
	k.patient("mary", "here", "9000000009", "1980-05-01", `{"use":"old","family":"Smith"},{"use":"official","family":"Jones","given":["Mary","Ann"]}`)
	k.patient("tom", "here", "9000000017", "2019-11", `{"text":"Tom, Jones"}`)
	k.patient("other", "there", "9000000025", "1980-05-01", `{"family":"Jones","given":["Mary"]}`)
	k.related("true")
	if err := online.Set(t.Context(), st, fhir.Key{Type: "RelatedPerson", ID: "3"}, online.Person{Sections: online.Defaults().Sections}); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kit) put(typ, id, rest string) {
	k.Helper()
	res, err := codec.Decode(fmt.Appendf(nil, `{"resourceType":%q,"id":%q,%s}`, typ, id, rest), codec.Limits{})
	if err == nil {
		_, err = k.session.Write(context.Background(), store.Change{Action: store.Update, Key: fhir.Key{Type: typ, ID: id}, Resource: res})
	}
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kit) role(active string) {
	k.put("PractitionerRole", "lee", `"active":`+active+`,"practitioner":{"reference":"Practitioner/lee"},"organization":{"reference":"Organization/here"}`)
}

func (k *kit) related(active string) {
	k.put("RelatedPerson", "3", `"active":`+active+`,"patient":{"reference":"Patient/tom"}`)
}

func (k *kit) patient(id, practice, number, born, names string) {
	k.put("Patient", id, fmt.Sprintf(`"managingOrganization":{"reference":"Organization/%s"},"birthDate":%q,"name":[%s],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}]`,
		practice, born, names, number))
}

var (
	mary   = signin.Person{ID: "mary", Name: "Mary Ann Jones", Born: "1980-05-01", NHSNumber: "9000000009"}
	tom    = signin.Person{ID: "tom", Name: "Tom, Jones", Born: "2019-11", NHSNumber: "9000000017"}
	mother = state.Account{Name: "mary", Person: "Patient/mary", Related: []string{"RelatedPerson/3", "RelatedPerson/3", "RelatedPerson/gone"}}
	doctor = state.Account{Name: "lee", Person: "Practitioner/lee"}
	atWork = signin.Role{As: "Practitioner/lee", Staff: true}
)

func (k *kit) roles(account state.Account, want ...signin.Role) {
	k.Helper()
	got, err := k.Roles(context.Background(), account)
	for i := range got {
		got[i].Open = nil // in a test of its own
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		k.Errorf("roles of %s: %+v (%v), not %+v", account.Name, got, err, want)
	}
}

func TestRolesAreWhatTheRecordSaysNow(t *testing.T) {
	k := newKit(t)
	own, proxy := signin.Role{As: "Patient/mary", Own: true, Patient: mary}, signin.Role{As: "RelatedPerson/3",
		Patient: tom}
	k.roles(mother, own, proxy)
	k.roles(doctor, atWork)
	k.roles(state.Account{Name: "nobody", Person: "Patient/nobody"})
	k.related("false")
	k.roles(mother, own)
	k.role("false")
	k.roles(doctor)
}

func TestAPatientIsNamedOnlyToWhoMaySeeHer(t *testing.T) {
	k := newKit(t)
	for _, look := range []struct {
		account state.Account
		as, id  string
		want    signin.Person
	}{
		{doctor, "Practitioner/lee", "mary", mary},
		{doctor, "Practitioner/lee", "other", signin.Person{}}, // of another practice
		{doctor, "Practitioner/lee", "nobody", signin.Person{}},
		{mother, "RelatedPerson/3", "tom", tom},
		{mother, "RelatedPerson/3", "mary", signin.Person{}},  // in that role
		{mother, "Practitioner/lee", "mary", signin.Person{}}, // which isn't hers
	} {
		got, err := k.Patient(context.Background(), look.account, signin.Role{As: look.as}, look.id)
		if got != look.want || (err == nil) != (look.want != signin.Person{}) || err != nil &&
			fhir.KindOf(err) != fhir.NotFound {
			t.Errorf("%s sees %s as %+v (%v), not %+v", look.as, look.id, got, err, look.want)
		}
	}
}

func TestStaffFindPatientsOfTheirOwnPractice(t *testing.T) {
	k := newKit(t)
	for _, search := range []struct {
		by   signin.Criteria
		want []signin.Person
	}{
		{signin.Criteria{NHSNumber: mary.NHSNumber}, []signin.Person{mary}},
		{signin.Criteria{NHSNumber: "9000000025"}, []signin.Person{}}, // of another practice
		{signin.Criteria{Name: "jones mary", Born: "1980-05-01"}, []signin.Person{mary}},
		{signin.Criteria{Name: "mary", Born: "1980-05-02"}, []signin.Person{}},
		{signin.Criteria{Name: "Tom,", Born: "2019-11"}, []signin.Person{tom}},
		{signin.Criteria{Name: "Tom", Born: "2019-11-30"}, []signin.Person{}}, // his birthday isn't known to the day
		{signin.Criteria{Name: `a,b|c$d\e`, Born: "1980-05-01"}, []signin.Person{}},
	} {
		got, err := k.Find(context.Background(), doctor, atWork, search.by)
		if err != nil || !reflect.DeepEqual(got, search.want) {
			t.Errorf("%+v finds %+v (%v), not %+v", search.by, got, err, search.want)
		}
	}
}

func TestWhoIsNotStaffFindsNobody(t *testing.T) {
	k := newKit(t)
	k.role("false")
	for _, who := range []state.Account{mother, doctor} {
		_, err := k.Find(context.Background(), who, signin.Role{As: who.Person, Staff: true},
			signin.Criteria{NHSNumber: mary.NHSNumber})
		if fhir.KindOf(err) != fhir.Forbidden || err == nil {
			t.Errorf("%s: %v", who.Name, err)
		}
	}
}

// P8: of a record of which nothing is open online there is no role, as if the person had no record here.
func TestWhoIsSuspendedHasNoRole(t *testing.T) {
	k := newKit(t)
	mary := state.Account{Name: "mary", Person: "Patient/mary"}
	if roles, err := k.Roles(t.Context(), mary); err != nil || len(roles) != 1 {
		t.Fatalf("%v, %v", roles, err)
	}
	if err := online.Set(t.Context(), k.store, fhir.Key{Type: "Patient", ID: "mary"}, online.Person{Suspended: true}); err != nil {
		t.Fatal(err)
	}
	if roles, err := k.Roles(t.Context(), mary); err != nil || len(roles) != 0 {
		t.Errorf("suspended: %v, %v", roles, err)
	}
}

// What is open is what practice, patient and proxy decided, and who has looked; to staff everything is.
func TestARoleSaysWhatIsOpenInIt(t *testing.T) {
	k := newKit(t)
	set := func(typ, id string, settings any) {
		t.Helper()
		if err := online.Set(t.Context(), k.store, fhir.Key{Type: typ, ID: id}, settings); err != nil {
			t.Fatal(err)
		}
	}
	set("Patient", "mary", online.Person{Sections: map[string]access.Level{"messages": access.None}, Safer: map[string]access.Level{"appointments": access.Manage}})
	set("RelatedPerson", "3", online.Person{Sections: map[string]access.Level{"results": access.CanView}})
	expect := func(account state.Account, role int, want map[string]access.Level) {
		t.Helper()
		got, err := k.Roles(t.Context(), account)
		if err != nil || len(got) <= role || !reflect.DeepEqual(got[role].Open, want) {
			t.Errorf("%+v (%v), want %v", got, err, want)
		}
	}
	levels := func(appointments, prescriptions, results, messages, record, audit access.Level) map[string]access.Level {
		open := map[string]access.Level{"details": access.CanView, "practice": access.CanView, "appointments": appointments, "prescriptions": prescriptions,
			"results": results, "messages": messages, "audit": audit}
		for _, part := range online.Parts("record") {
			open[part] = record
		}
		return open
	}
	none, view, manage := access.None, access.CanView, access.Manage
	expect(mother, 0, levels(manage, manage, view, none, view, view))
	expect(mother, 1, levels(none, none, view, none, none, none))
	safer := mother
	safer.Safer = true
	expect(safer, 0, levels(manage, none, none, none, none, none))
	expect(doctor, 0, nil)
}
