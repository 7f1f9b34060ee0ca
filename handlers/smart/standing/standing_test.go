package standing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/smart/standing"
	"frontdesk/store"
)

const base = "https://frontdesk.example/fhir"

// kit is a Standing over a store that a test fills, at a time that it sets.
type kit struct {
	*testing.T
	*standing.Standing
	store   *store.Store
	session *store.Session
	now     time.Time
}

func newKit(t *testing.T) *kit {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	st := store.Open(memory.Open(r), r, store.Options{Base: base})
	k := &kit{T: t, store: st, session: st.As(access.Everything("test"), store.Unobserved), now: time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)}
	if k.Standing, err = standing.New(st, func() time.Time { return k.now }); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kit) put(json string) {
	k.Helper()
	res, err := codec.Decode([]byte(json), codec.Limits{})
	if err == nil {
		_, err = k.session.Write(context.Background(), store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res})
	}
	if err != nil {
		k.Fatal(err)
	}
}

func (k *kit) stands(who string, want ...string) {
	k.Helper()
	of := k.Patients
	if strings.HasPrefix(who, "Practitioner/") {
		of = k.Organizations
	}
	got, err := of(context.Background(), who)
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		k.Errorf("%s stands for %v (%v), not for %v", who, got, err, want)
	}
}

func proxy(id, patient, more string) string {
	return fmt.Sprintf(`{"resourceType":"RelatedPerson","id":%q%s,"patient":{"reference":"Patient/%s"}}`, id, more, patient)
}

func role(id, practitioner, organization, more string) string {
	return fmt.Sprintf(`{"resourceType":"PractitionerRole","id":%q%s,"practitioner":{"reference":"Practitioner/%s"},"organization":{"reference":"%s"}}`,
		id, more, practitioner, organization)
}

func TestAPatientStandsForHerself(t *testing.T) {
	k := newKit(t)
	k.stands("Patient/1", "1")
	k.stands("Device/1")
	k.stands("")
}

// P11: a proxy is one for as long as the practice says, and not a moment longer.
func TestAProxyStandsForThePatientWhileTheRecordSaysSo(t *testing.T) {
	k := newKit(t)
	k.stands("RelatedPerson/p")
	k.put(proxy("p", "1", ""))
	k.stands("RelatedPerson/p", "1")
	k.put(proxy("p", "1", `,"active":false`))
	k.stands("RelatedPerson/p")
	k.put(proxy("p", "2", `,"active":true`))
	k.stands("RelatedPerson/p", "2")
	k.put(proxy("p", "2", `,"active":true,"period":{"start":"2026-07-01"}`))
	k.stands("RelatedPerson/p")
	k.put(proxy("p", "2", `,"active":true,"period":{"start":"2026-06","end":"2026-06-15"}`))
	k.stands("RelatedPerson/p", "2") // the last day counts whole
	k.now = k.now.Add(12 * time.Hour)
	k.stands("RelatedPerson/p")
	if _, err := k.session.Write(context.Background(), store.Change{Action: store.Delete, Key: fhir.Key{Type: "RelatedPerson", ID: "p"}}); err != nil {
		t.Fatal(err)
	}
	k.now = k.now.Add(-24 * time.Hour)
	k.stands("RelatedPerson/p")
}

func TestAPractitionerStandsWhereThereIsARoleNow(t *testing.T) {
	k := newKit(t)
	k.stands("Practitioner/d")
	k.put(role("1", "d", "Organization/a", ""))
	k.put(role("2", "d", base+"/Organization/b", `,"active":true`))
	k.put(role("3", "d", "Organization/b", `,"period":{"end":"2027"}`))
	k.put(role("4", "d", "Organization/c", `,"active":false`))
	k.put(role("5", "d", "Organization/c", `,"period":{"end":"2026-06-14"}`))
	k.put(role("6", "d", "https://elsewhere.example/fhir/Organization/c", ""))
	k.put(role("7", "e", "Organization/c", ""))
	k.stands("Practitioner/d", "a", "b")
	k.put(role("1", "d", "Organization/a", `,"active":false`))
	k.stands("Practitioner/d", "b")
}

// A practitioner with more roles than fit on a page keeps them all.
func TestAPractitionerMayHaveManyRoles(t *testing.T) {
	k := newKit(t)
	for i := range 130 {
		k.put(role(fmt.Sprint(i), "d", fmt.Sprintf("Organization/%d", i%125), ""))
	}
	if got, err := k.Organizations(context.Background(), "Practitioner/d"); err != nil || len(got) != 125 {
		t.Errorf("%d organizations, %v", len(got), err)
	}
}

// D3: what a client names its SearchParameters doesn't keep the server from starting.
func TestD3_NoSearchParameterStopsAStart(t *testing.T) {
	k := newKit(t)
	for _, typ := range []string{"PractitionerRole", "RelatedPerson"} {
		k.put(fmt.Sprintf(`{"resourceType":"SearchParameter","id":"x-%s","url":"http://x.example/SearchParameter/%[1]s","name":"X","status":"active","description":"x",
			"code":"standing-period","base":[%[1]q],"type":"token","expression":"%[1]s.active"}`, typ))
	}
	k.put(role("1", "d", "Organization/a", `,"period":{"end":"2026-06-14"}`))
	again, err := standing.New(k.store, func() time.Time { return k.now })
	if err != nil {
		t.Fatal(err)
	}
	k.Standing = again
	k.stands("Practitioner/d")
}

func (k *kit) remove(typ, id string) {
	k.Helper()
	if _, err := k.session.Write(context.Background(), store.Change{Action: store.Delete, Key: fhir.Key{Type: typ, ID: id}}); err != nil {
		k.Fatal(err)
	}
}

// D13: who or what is inactive or deleted stands for nothing, from then on.
func TestD13_WhatIsInactiveOrDeletedStandsForNothing(t *testing.T) {
	k := newKit(t)
	k.put(`{"resourceType":"Organization","id":"a","name":"A"}`)
	k.put(`{"resourceType":"Practitioner","id":"d"}`)
	k.put(role("1", "d", "Organization/a", ""))
	k.put(role("2", "d", "Organization/b", ""))
	in := func(want bool) {
		t.Helper()
		if got, err := k.InOffice(t.Context(), "Practitioner/d"); err != nil || got != want {
			t.Errorf("in office %v, %v", got, err)
		}
	}
	k.stands("Practitioner/d", "a", "b")
	k.put(`{"resourceType":"Organization","id":"a","name":"A","active":false}`)
	k.stands("Practitioner/d", "b")
	k.put(`{"resourceType":"Organization","id":"a","name":"A","active":true}`)
	k.put(`{"resourceType":"Practitioner","id":"d","active":false}`)
	k.stands("Practitioner/d")
	in(false)
	k.put(`{"resourceType":"Practitioner","id":"d","active":true}`)
	k.stands("Practitioner/d", "a", "b")
	in(true)
	k.remove("Organization", "a")
	k.stands("Practitioner/d", "b")
	k.remove("Practitioner", "d")
	k.stands("Practitioner/d")
	in(false)

	k.put(`{"resourceType":"Patient","id":"1"}`)
	k.put(proxy("p", "1", ""))
	k.stands("RelatedPerson/p", "1")
	k.remove("Patient", "1")
	k.stands("RelatedPerson/p")
	k.stands("Patient/1")
}
