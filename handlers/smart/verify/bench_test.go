package verify_test

import (
	"context"
	"log/slog"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

// onSQLite is a kit on the embedded store, with a patient's and a doctor's token.
func onSQLite(b *testing.B) (k *kit, patient, doctor string) {
	r, err := registry()
	if err != nil {
		b.Fatal(err)
	}
	backend, err := sqlite.Open(b.Context(), b.TempDir(), r, sqlite.Options{Logger: slog.New(slog.DiscardHandler), Base: base})
	if err != nil {
		b.Fatal(err)
	}
	k = newKitOn(b, backend, r)
	b.Cleanup(func() { k.must(k.store.Close()) })
	k.patient("1", "a")
	k.put(`{"resourceType":"PractitionerRole","id":"r","active":true,"practitioner":{"reference":"Practitioner/d"},"organization":{"reference":"Organization/a"}}`)
	_, p := k.ann()
	return k, k.token(p), k.token(k.approve(k.account(state.Account{Name: "doctor", Person: "Practitioner/d"}), "user/*.rs"))
}

// BenchmarkVerify is what a token costs a request: to know whose it is (Grant), and to read a resource by it beside
// reading it with no bounds (read: of which the access check is what is more than open).
func BenchmarkVerify(b *testing.B) {
	k, patient, doctor := onSQLite(b)
	for _, of := range []struct{ name, token string }{{"patient", patient}, {"staff", doctor}} {
		b.Run("warm/"+of.name, func(b *testing.B) {
			r := request("Bearer " + of.token)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Grant(r); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("read/"+of.name, func(b *testing.B) {
			r := request("Bearer " + of.token)
			b.ReportAllocs()
			for b.Loop() {
				g, err := k.Grant(r)
				if err != nil {
					b.Fatal(err)
				}
				read(b, k, g)
			}
		})
	}
	b.Run("read/open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			read(b, k, access.Everything("test"))
		}
	})
	b.Run("cold/patient", func(b *testing.B) {
		r := request("Bearer " + patient)
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			v := k.new(verify.Options{Store: k.store, State: k.state, Base: base, Issuer: issuer})
			b.StartTimer()
			if _, err := v.Grant(r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func read(b *testing.B, k *kit, g access.Grant) {
	if _, err := k.store.As(g, store.Unobserved).Read(context.Background(), fhir.Key{Type: "Observation", ID: "of-1"}); err != nil {
		b.Fatal(err)
	}
}
