package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// history is R4 http 3.1.0.12 on type and system; on instances it's part of each resource's life.
func (s *suite) history(t *testing.T) {
	first := s.do(t, "POST", "/Patient", s.patient("history", "")).is(201)
	began := first.resource().Meta.LastUpdated
	var want []string
	for i := range 5 {
		a := s.do(t, "PUT", "/Patient?"+s.by("history"), s.patient("history", fmt.Sprintf(`"birthDate":"200%d",`, i))).is(200)
		want = append(want, version(a.resource()))
	}
	want = append([]string{version(first.resource())}, want...)
	slices.Reverse(want)
	for path, claimed := range map[string]bool{"/_history": s.system("history-system"), "/Patient/_history": s.claimed("Patient").has("history-type")} {
		if claimed {
			t.Run(path, func(t *testing.T) { s.historyOf(t, path, began, want) })
		}
	}
	path := "/Patient/" + first.resource().ID + "/_history"
	s.historyByTime(t, path, began)
	s.historyInParts(t, path, want)
	if s.system("history-system") {
		s.historyOfTypes(t, began)
	}
}

// historyInParts walks a history back from its last page, the oldest first, and has it counted.
func (s *suite) historyInParts(t *testing.T, path string, want []string) {
	slices.Reverse(want)
	for _, sort := range []string{"-_lastUpdated", "_lastUpdated"} {
		var got []string
		link := s.do(t, "GET", path+"?_count=4&_sort="+sort, "").is(200).bundle("history").link("last")
		for link != "" {
			b := s.do(t, "GET", link, "").is(200).bundle("history")
			var some []string
			for _, e := range b.Entry {
				some = append(some, version(e.Resource))
			}
			got, link = append(some, got...), b.link("previous")
		}
		slices.Reverse(want)
		if !slices.Equal(got, want) {
			t.Errorf("_sort=%s from the end: %v, want %v", sort, got, want)
		}
	}
	for query, total := range map[string]int{"": len(want), "?_count=2&_total=accurate": len(want),
		"?_total=none": -1} {
		b := s.do(t, "GET", path+query, "").is(200).bundle("history")
		if b.Total == nil && total >= 0 || b.Total != nil && *b.Total != total {
			t.Errorf("%s%s: total %v, want %d", path, query, b.Total, total)
		}
	}
	s.do(t, "GET", path+"?_list=x", "").is(400).says("_list")
	s.do(t, "GET", path+"?_sort=status", "").is(400).says("_sort")
}

// historyOfTypes leaves out what isn't of the types asked for.
func (s *suite) historyOfTypes(t *testing.T, since string) {
	for types, some := range map[string]bool{"Patient": true, "Observation,Patient": true,
		"VisionPrescription": false} {
		b := s.do(t, "GET", "/_history?_type="+types+"&_count=20&_since="+url.QueryEscape(since),
			"").is(200).bundle("history")
		if some != (len(b.Entry) > 0) {
			t.Errorf("_type=%s: %d versions", types, len(b.Entry))
		}
		for _, e := range b.Entry {
			if !slices.Contains(strings.Split(types, ","), e.Resource.ResourceType) {
				t.Errorf("_type=%s gave %s", types, version(e.Resource))
			}
		}
	}
	s.do(t, "GET", "/_history?_type=Patients", "").is(400).says("_type")
}

func version(r resource) string {
	return r.ResourceType + "/" + r.ID + "/" + r.Meta.VersionID
}

// historyOf walks what happened since a time, in pages: each version once, the newest first.
func (s *suite) historyOf(t *testing.T, path, since string, want []string) {
	for _, size := range []int{1, 4, 100} {
		var got []string
		next := fmt.Sprintf("%s?_since=%s&_count=%d", path, url.QueryEscape(since), size)
		for next != "" {
			b := s.do(t, "GET", next, "").is(200).bundle("history")
			if len(b.Entry) > size {
				t.Fatalf("a page of %d has %d entries", size, len(b.Entry))
			}
			for _, e := range b.Entry {
				got = append(got, version(e.Resource))
			}
			next = b.link("next")
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v, want %v", size, got, want)
		}
	}
}

func (s *suite) historyByTime(t *testing.T, path, began string) {
	all := s.do(t, "GET", path, "").is(200).bundle("history")
	second := all.Entry[len(all.Entry)-2].Resource.Meta.LastUpdated
	if n := len(s.do(t, "GET", path+"?_since="+url.QueryEscape(second), "").is(200).bundle("history").Entry); n != len(all.Entry)-1 {
		t.Errorf("since the second version there are %d of %d", n, len(all.Entry))
	}
	at := s.do(t, "GET", path+"?_at="+url.QueryEscape(began), "").is(200).bundle("history")
	if len(at.Entry) != 1 || at.Entry[0].Resource.Meta.VersionID != "1" {
		t.Errorf("at its first instant the versions were %+v", at.Entry)
	}
	tomorrow := time.Now().AddDate(0, 0, 2).UTC().Format("2006-01-02")
	if n := len(s.do(t, "GET", path+"?_since="+tomorrow, "").is(200).bundle("history").Entry); n != 0 {
		t.Errorf("%d versions are from the day after tomorrow", n)
	}
	s.do(t, "GET", path+"?"+nowhere+"=1", "").is(400)
}
