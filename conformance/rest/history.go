package rest

import (
	"fmt"
	"net/url"
	"slices"
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
	s.historyByTime(t, "/Patient/"+first.resource().ID+"/_history", began)
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
