package practice_test

import (
	"net/http"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/online"
)

// onTwo tells a story in a practice that two instances of the server serve, at is a client as each of them knows it.
func onTwo(t *testing.T, story func(p, q *practice, at func(*practice, *client) *client)) {
	open, dir := opentest.Opener(t, opentest.URI(t), mongo.Options{Base: base}), t.TempDir()
	p := newPractice(t, func(_ testing.TB, r *spec.Registry) (store.Backend, error) { return open(dir, r) })
	r, err := registry()
	p.must(err)
	backend, err := open(dir, r)
	p.must(err)
	q := &practice{TB: t, clock: p.clock}
	q.over(backend, "other")
	story(p, q, func(p *practice, c *client) *client {
		return &client{practice: p, approval: c.approval, token: c.token}
	})
}

// I8: whichever instance is told, what was opened, closed or revoked is so on both from the next request on.
func TestI8_WhatOneInstanceIsToldCountsOnBothAtOnce(t *testing.T) {
	onTwo(t, func(p, q *practice, at func(*practice, *client) *client) {
		p.load(chart...)
		ann, doc := p.patient("ann"), p.staff()
		instances := []*practice{p, q}
		expect := func(what string, status int) {
			t.Helper()
			for i, here := range instances {
				for _, path := range []string{"/Condition/asthma", "/Condition?patient=ann"} {
					if a := at(here, ann).get(path); a.status != status {
						t.Errorf("%s: instance %d says %d to %s, not %d", what, i, a.status, path, status)
					}
				}
			}
		}
		expect("as it was", http.StatusOK)
		for round := range 3 {
			for _, teller := range instances {
				teller.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.None}})
				expect("her section closed", http.StatusForbidden)
				teller.set("Patient", "ann", online.Person{Sections: map[string]access.Level{"record": access.CanView}})
				expect("her section opened", http.StatusOK)
				staff := at(teller, doc)
				staff.is(http.StatusOK, staff.post("/Organization/north/$online-access", parameters("suspended", "Boolean", "true")))
				expect("the practice suspended", http.StatusUnauthorized)
				staff.is(http.StatusOK, staff.post("/Organization/north/$online-access", parameters("suspended", "Boolean", "false")))
				expect("the practice as it was", http.StatusOK)
				again := teller.patient("ann")
				other := instances[(round+1)%2]
				other.must(other.state.Revoke(t.Context(), again.approval.ID))
				for i, here := range instances {
					if a := at(here, again).get("/Condition/asthma"); a.status != http.StatusUnauthorized {
						t.Errorf("revoked: instance %d says %d", i, a.status)
					}
				}
			}
		}
	})
}
