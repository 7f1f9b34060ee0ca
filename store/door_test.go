package store_test

import (
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// surgery has two patients and what is theirs, and one practitioner who is nobody's. "moved" was a's and is b's now.
func surgery(k *kit) {
	k.do(k.put(`{"resourceType":"Practitioner","id":"dr","name":[{"family":"Drew"}]}`),
		k.put(patientJSON("a", "Ash")), k.put(patientJSON("b", "Birch")),
		k.put(resultJSON("oa", "a", "hb")), k.put(resultJSON("ob", "b", "na")),
		k.put(resultJSON("moved", "a", "k")), k.put(resultJSON("moved", "b", "k")),
		k.put(resultJSON("gone", "b", "k")), del("Observation", "gone"),
		k.put(resultJSON("mine", "a", "k")), del("Observation", "mine"))
}

// TestOneDoor: a patient's session shows what is in the patient's compartment, and nothing else on any way (I1).
func TestOneDoor(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		a := k.as(access.PatientRead("a"))
		for url, want := range map[string]string{
			"Patient?_sort=_id":                                  "Patient/a",
			"Patient?_id=b":                                      "",
			"Patient?identifier=urn:n|n-b":                       "",
			"Patient?name:missing=false":                         "Patient/a",
			"Observation?_sort=_id":                              "Observation/oa",
			"Observation?subject=Patient/b":                      "",
			"Observation?code:not=hb":                            "",
			"Practitioner":                                       "Practitioner/dr",
			"Group":                                              "403",
			"Practitioner?_id=dr":                                "Practitioner/dr",
			"Observation?_include=Observation:subject":           "Observation/oa +Patient/a",
			"Observation?_include=*":                             "Observation/oa +Patient/a +Practitioner/dr",
			"Patient?_revinclude=Observation:subject":            "Patient/a +Observation/oa",
			"Patient?_revinclude=Observation:patient&_include=*": "Patient/a +Observation/oa",
			"Patient?_revinclude=Observation:subject&_include:iterate=*":                           "Patient/a +Observation/oa",
			"Observation?_include=Observation:performer&_revinclude:iterate=Observation:performer": "Observation/oa +Practitioner/dr",
		} {
			if got, _ := a.search(url); got != want {
				t.Errorf("%s: got %q, want %q", url, got, want)
			}
		}
		if _, page := a.search("Observation?_total=accurate&_count=0"); page.Total != 1 {
			t.Errorf("the total is %d, want 1", page.Total)
		}
	})
}

// TestOneDoorRead: read, vread and history judge each version by what it was.
func TestOneDoorRead(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		a := k.as(access.PatientRead("a"))
		obs := func(id string, version int64) fhir.Key {
			return fhir.Key{Type: "Observation", ID: id, Version: version}
		}
		for _, c := range []struct {
			key  fhir.Key
			want fhir.Kind
		}{
			{obs("oa", 0), 0}, {obs("oa", 1), 0}, {obs("oa", 2), fhir.NotFound},
			{obs("ob", 0), fhir.NotFound}, {obs("ob", 1), fhir.NotFound},
			{obs("moved", 0), fhir.NotFound}, {obs("moved", 1), fhir.NotFound}, {obs("moved", 2), fhir.NotFound},
			{obs("gone", 0), fhir.NotFound}, {obs("gone", 2), fhir.NotFound},
			{obs("mine", 0), fhir.Gone}, {obs("mine", 1), 0}, {obs("mine", 2), fhir.Gone},
			{fhir.Key{Type: "Practitioner", ID: "dr"}, 0}, // the directory is everyone's to read
			{fhir.Key{Type: "Group", ID: "g"}, fhir.Forbidden}, {fhir.Key{Type: "Person", ID: "p"}, fhir.Forbidden},
			{fhir.Key{Type: "Patient", ID: "b"}, fhir.NotFound},
		} {
			st, err := a.Read(t.Context(), c.key)
			if c.want != 0 {
				fails(t, "read "+c.key.String(), err, c.want)
			} else if err != nil || st.JSON == nil {
				t.Errorf("read %s: %v", c.key, err)
			}
		}
		for _, limit := range []int{1, 2, 50} {
			for want, s := range map[string]store.Scope{
				"mine/2 mine/1 oa/1 a/1 dr/1": {},
				"mine/2 mine/1 oa/1":          {Type: "Observation"},
				"mine/2 mine/1":               {Type: "Observation", ID: "mine"},
			} {
				s.Limit = limit
				if got, err := a.history(s); err != nil || got != want {
					t.Errorf("history %+v: got %q, %v, want %q", s, got, err, want)
				}
			}
		}
		for _, id := range []string{"ob", "moved", "gone", "never"} {
			_, err := a.history(store.Scope{Type: "Observation", ID: id, Limit: 5})
			fails(t, "history of "+id, err, fhir.NotFound)
		}
	})
}

// TestHiddenIsAbsent: for what is hidden and for what never was, the error is the same to the letter (I2).
func TestHiddenIsAbsent(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		a := k.as(access.Record("a", access.C|access.R|access.U|access.D|access.S))
		tries := map[string]func(id string) error{
			"read": func(id string) error {
				_, err := a.Read(t.Context(), fhir.Key{Type: "Observation", ID: id})
				return err
			},
			"vread": func(id string) error {
				_, err := a.Read(t.Context(), fhir.Key{Type: "Observation", ID: id, Version: 1})
				return err
			},
			"history": func(id string) error {
				_, err := a.history(store.Scope{Type: "Observation", ID: id, Limit: 5})
				return err
			},
			"update": func(id string) error { _, err := a.Write(t.Context(), a.put(resultJSON(id, "a", "hb"))); return err },
			"patch": func(id string) error {
				_, err := a.Write(t.Context(), store.Change{Action: store.Patch, Key: fhir.Key{Type: "Observation", ID: id}, Patch: []byte(`[]`)})
				return err
			},
			"delete": func(id string) error { _, err := a.Write(t.Context(), del("Observation", id)); return err },
			"if-match": func(id string) error {
				c := del("Observation", id)
				c.IfMatch = []int64{1}
				_, err := a.Write(t.Context(), c)
				return err
			},
			"in a transaction": func(id string) error {
				c := a.put(resultJSON(id, "a", "hb"))
				c.At = "Bundle.entry[0]"
				_, err := a.Transact(t.Context(), []store.Change{c})
				return err
			},
		}
		for name, try := range tries {
			never := try("nope")
			for _, id := range []string{"ob", "gone"} {
				hidden := try(id)
				if (hidden == nil) != (never == nil) || hidden != nil && fhir.KindOf(hidden) != fhir.KindOf(never) {
					t.Errorf("%s: hidden gives %v, never there gives %v", name, hidden, never)
				} else if hidden != nil && strings.ReplaceAll(hidden.Error(), id, "nope") != never.Error() {
					t.Errorf("%s: hidden says %q, never there says %q", name, hidden, never)
				}
			}
		}
		if st, err := k.Read(t.Context(), fhir.Key{Type: "Observation", ID: "ob"}); err != nil || st.Key.Version != 1 {
			t.Errorf("what is hidden was changed: %v, %v", st, err)
		}
	})
}

// TestZeroGrant: what isn't granted is denied.
func TestZeroGrant(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		nobody := k.as(access.Grant{})
		_, err := nobody.Read(t.Context(), fhir.Key{Type: "Patient", ID: "a"})
		fails(t, "read", err, fhir.Forbidden)
		if got, _ := nobody.search("Patient"); got != "403" {
			t.Errorf("search: %q", got)
		}
		if got, err := nobody.history(store.Scope{Limit: 5}); got != "" || err != nil {
			t.Errorf("history: %q, %v", got, err)
		}
		for name, c := range map[string]store.Change{"create": k.post(patientJSON("x", "X")), "update": k.put(patientJSON("a", "X")), "delete": del("Patient", "a")} {
			_, err := nobody.Write(t.Context(), c)
			fails(t, name, err, fhir.Forbidden)
		}
	})
}
