package store_test

import (
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// A mark changes the facts and not the version, needs the right to update, and doesn't tell of what can't be seen.
func TestMark(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		hide := func(f fhir.Facts) fhir.Facts { f.Hidden = true; return f }
		key := fhir.Key{Type: "Observation", ID: "oa"}
		fails(t, "a mark by who may only read", k.as(access.Record("a", access.R|access.S)).Mark(t.Context(), key, hide), fhir.Forbidden)
		fails(t, "a mark of what another has", k.as(access.Record("b", access.R|access.S)).Mark(t.Context(), key, hide), fhir.NotFound)
		fails(t, "a mark by the patient", k.as(access.PatientRead("a")).Mark(t.Context(), key, hide), fhir.Forbidden)
		fails(t, "a mark of what was deleted", k.Mark(t.Context(), fhir.Key{Type: "Observation", ID: "gone"}, hide), fhir.Gone)
		if err := k.Mark(t.Context(), key, hide); err != nil {
			t.Fatal(err)
		}
		st, err := k.Read(t.Context(), key)
		if err != nil || !st.Facts.Hidden || st.Key.Version != 1 || st.Facts.Recorded.IsZero() {
			t.Errorf("marked: %+v, %v", st, err)
		}
		k.do(k.put(strings.Replace(resultJSON("oa", "a", "hb"), "1.10", "1.20", 1)))
		if st, err = k.Read(t.Context(), key); err != nil || !st.Facts.Hidden || st.Key.Version != 2 {
			t.Errorf("updated by the EHR: %+v, %v", st, err)
		}
	})
}
