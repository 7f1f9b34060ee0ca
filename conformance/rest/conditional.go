package rest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// patient is a Patient with an identifier of this run. members are further ones, each with a comma behind it.
func (s *suite) patient(value, members string) string {
	return fmt.Sprintf(`{"resourceType":"Patient",%s"identifier":[{"system":"urn:%s","value":"%s"}],"meta":{"tag":[{"system":"%s","code":"%s"}]}}`,
		members, s.run, value, tagSystem, s.run)
}

// by are the criteria that find such a Patient.
func (s *suite) by(value string) string { return "identifier=urn:" + s.run + "|" + value }

// count is how many Patients have an identifier.
func (s *suite) count(t testing.TB, value string) int {
	t.Helper()
	return len(s.do(t, "GET", "/Patient?"+s.by(value), "").is(200).bundle("searchset").ids("match"))
}

// conditional is R4 http 3.1.0.8: writes whose target is found by criteria.
func (s *suite) conditional(t *testing.T) {
	c := s.claimed("Patient")
	for _, feature := range []struct {
		name    string
		claimed bool
		prove   func(*testing.T)
	}{
		{"create", c.ConditionalCreate, s.conditionalCreate},
		{"update", c.ConditionalUpdate, s.conditionalUpdate},
		{"patch", c.has("patch"), s.conditionalPatch},
		{"delete", c.ConditionalDelete == "single", s.conditionalDelete},
		{"parallel creates", c.ConditionalCreate, s.parallelCreates},
		{"parallel updates", c.ConditionalUpdate, s.parallelUpdates},
	} {
		t.Run(feature.name, func(t *testing.T) {
			if !feature.claimed {
				t.Skip("it is not claimed")
			}
			feature.prove(t)
		})
	}
}

// two stores two Patients with the same identifier.
func (s *suite) two(t *testing.T, value string) {
	for range 2 {
		s.do(t, "POST", "/Patient", s.patient(value, "")).is(201)
	}
}

func (s *suite) conditionalCreate(t *testing.T) {
	head := "If-None-Exist: " + s.by("create")
	first := s.do(t, "POST", "/Patient", s.patient("create", ""), head).is(201).resource()
	again := s.do(t, "POST", "/Patient", s.patient("create", `"active":true,`), head).is(200)
	if r := again.resource(); r.ID != first.ID || r.Meta.VersionID != "1" || strings.Contains(again.body, "active") {
		t.Errorf("the second create gave %s", again.body)
	}
	s.two(t, "twice")
	s.do(t, "POST", "/Patient", s.patient("twice", ""), "If-None-Exist: "+s.by("twice")).is(412)
	s.do(t, "POST", "/Patient", s.patient("bad", ""), "If-None-Exist: "+nowhere+"=1").is(400)
}

func (s *suite) conditionalUpdate(t *testing.T) {
	at := "/Patient?" + s.by("update")
	first := s.do(t, "PUT", at, s.patient("update", "")).is(201).resource()
	second := s.do(t, "PUT", at, s.patient("update", `"active":true,`)).is(200).resource()
	if second.ID != first.ID || second.Meta.VersionID != "2" {
		t.Errorf("the second update gave %+v", second)
	}
	s.do(t, "PUT", at, s.patient("update", `"id":"`+first.ID+`",`)).is(200)
	s.do(t, "PUT", at, s.patient("update", `"id":"other",`)).is(400, 409, 412, 422)
	s.do(t, "PUT", at, s.patient("update", ""), `If-Match: W/"1"`).is(412)
	s.do(t, "PUT", "/Patient", s.patient("update", "")).is(400)
	s.two(t, "updates")
	s.do(t, "PUT", "/Patient?"+s.by("updates"), s.patient("updates", "")).is(412)
}

func (s *suite) conditionalPatch(t *testing.T) {
	const document = `[{"op":"add","path":"/active","value":true}]`
	s.do(t, "POST", "/Patient", s.patient("patch", "")).is(201)
	s.do(t, "PATCH", "/Patient?"+s.by("patch"), document, jsonPatch).is(200).says(`"active":true`)
	s.do(t, "PATCH", "/Patient?"+s.by("none"), document, jsonPatch).is(404)
	s.two(t, "patches")
	s.do(t, "PATCH", "/Patient?"+s.by("patches"), document, jsonPatch).is(412)
}

func (s *suite) conditionalDelete(t *testing.T) {
	s.do(t, "POST", "/Patient", s.patient("delete", "")).is(201)
	s.do(t, "DELETE", "/Patient?"+s.by("delete"), "").is(200, 204)
	if n := s.count(t, "delete"); n != 0 {
		t.Errorf("%d are left", n)
	}
	s.do(t, "DELETE", "/Patient?"+s.by("delete"), "").is(200, 204, 404)
	s.two(t, "deletes")
	s.do(t, "DELETE", "/Patient?"+s.by("deletes"), "").is(412)
	if n := s.count(t, "deletes"); n != 2 {
		t.Errorf("%d are left of two", n)
	}
}

// at is n requests at once; it gives how often each status came.
func (s *suite) atOnce(t *testing.T, n int, send func() answer) map[int]int {
	statuses, mu, wait := map[int]int{}, sync.Mutex{}, sync.WaitGroup{}
	start := make(chan struct{})
	for range n {
		wait.Go(func() {
			<-start
			a := send()
			mu.Lock()
			statuses[a.status]++
			mu.Unlock()
		})
	}
	close(start)
	wait.Wait()
	return statuses
}

// A hundred identical conditional creates at once make one resource.
func (s *suite) parallelCreates(t *testing.T) {
	got := s.atOnce(t, 100, func() answer {
		return s.do(t, "POST", "/Patient", s.patient("race", ""), "If-None-Exist: "+s.by("race"))
	})
	if n := s.count(t, "race"); n != 1 || got[201] != 1 || got[200] != 99 {
		t.Errorf("%d resources, statuses %v", n, got)
	}
}

// Twenty identical conditional updates at once make one resource, and each of them counts (practice P14).
func (s *suite) parallelUpdates(t *testing.T) {
	var n atomic.Int64
	got := s.atOnce(t, 20, func() answer {
		return s.do(t, "PUT", "/Patient?"+s.by("puts"), s.patient("puts", fmt.Sprintf(`"name":[{"family":"%d"}],`, n.Add(1))))
	})
	if n := s.count(t, "puts"); n != 1 || got[201] != 1 || got[200] != 19 {
		t.Errorf("%d resources, statuses %v", n, got)
	}
	b := s.do(t, "GET", "/Patient?"+s.by("puts"), "").is(200).bundle("searchset")
	if v := b.Entry[0].Resource.Meta.VersionID; v != "20" {
		t.Errorf("after 20 updates it's version %s", v)
	}
}
