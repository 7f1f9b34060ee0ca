package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
)

func TestHistory(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.put("1", "Baker")
	c.do("DELETE", "/Patient/1", "")
	c.do("POST", "/Patient", patient("any", "Clark"))
	c.do("POST", "/Organization", `{"resourceType":"Organization","name":"Surgery"}`)

	got := c.do("GET", "/Patient/1/_history", "").is(http.StatusOK).bundle()
	if got.Type != "history" || len(got.Entry) != 3 {
		t.Fatalf("got %+v", got)
	}
	for i, want := range []struct{ method, url, status, etag string }{
		{"DELETE", "Patient/1", "204", `W/"3"`},
		{"PUT", "Patient/1", "200", `W/"2"`},
		{"PUT", "Patient/1", "201", `W/"1"`},
	} {
		e := got.Entry[i]
		if e.Request.Method != want.method || e.Request.URL != want.url || e.Response.Status != want.status ||
			e.Response.Etag != want.etag || e.FullURL != base+"/Patient/1" {
			t.Errorf("entry %d is %+v, want %+v", i, e, want)
		}
	}
	if e := got.Entry[0]; e.Resource.ResourceType != "" {
		t.Errorf("a deletion has a resource: %+v", e)
	}
	if n := len(c.do("GET", "/Patient/_history", "").is(http.StatusOK).bundle().Entry); n != 4 {
		t.Errorf("%d versions of Patients, want 4", n)
	}
	if n := len(c.do("GET", "/_history", "").is(http.StatusOK).bundle().Entry); n != 5 {
		t.Errorf("%d versions of all, want 5", n)
	}
	c.do("GET", "/Patient/9/_history", "").is(http.StatusNotFound)
}

// To bring back what was deleted is to create it (R4 http 3.1.0.7), and the history says so.
func TestHistorySaysWhatWasBroughtBack(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.do("DELETE", "/Patient/1", "")
	c.put("1", "Adams").is(http.StatusCreated)
	c.put("1", "Baker").is(http.StatusOK)
	want := []string{"PUT 200", "PUT 201", "DELETE 204", "PUT 201"}
	for _, path := range []string{"/Patient/1/_history", "/Patient/_history", "/_history"} {
		var got []string
		for _, e := range c.do("GET", path, "").is(http.StatusOK).bundle().Entry {
			got = append(got, e.Request.Method+" "+e.Response.Status)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestHistoryPaging(t *testing.T) {
	c := newClient(t)
	for i := range 5 {
		c.put("1", fmt.Sprint("Adams", i))
	}
	var versions []string
	for path := "/Patient/1/_history?_count=2"; path != ""; {
		b := c.do("GET", path, "").is(http.StatusOK).bundle()
		for _, e := range b.Entry {
			versions = append(versions, e.Resource.Meta.VersionID)
		}
		path = strings.TrimPrefix(b.link("next"), base)
	}
	if want := []string{"5", "4", "3", "2", "1"}; !slices.Equal(versions, want) {
		t.Errorf("got %v, want %v", versions, want)
	}
	c.back(t, "/Patient/1/_history?_count=2", []string{"1", "1", "1", "1", "1"})
	var oldest []string
	for path := "/Patient/1/_history?_count=2&_sort=_lastUpdated"; path != ""; {
		b := c.do("GET", path, "").is(http.StatusOK).bundle()
		for _, e := range b.Entry {
			oldest = append(oldest, e.Resource.Meta.VersionID)
		}
		path = strings.TrimPrefix(b.link("next"), base)
	}
	if want := []string{"1", "2", "3", "4", "5"}; !slices.Equal(oldest, want) {
		t.Errorf("the oldest first: %v, want %v", oldest, want)
	}
	c.back(t, "/Patient/1/_history?_count=2&_sort=_lastUpdated", []string{"1", "1", "1", "1", "1"})
}

// TestB13_TotalsOfHistories: what is known, and what is asked for.
func TestB13_TotalsOfHistories(t *testing.T) {
	c := newClient(t)
	for i := range 5 {
		c.put("1", fmt.Sprint("Adams", i))
	}
	c.do("POST", "/Organization", `{"resourceType":"Organization","name":"Surgery"}`)
	for query, want := range map[string]int{"Patient/1/_history": 5, "Patient/1/_history?_count=2": -1,
		"Patient/1/_history?_count=2&_total=accurate": 5,
		"_history?_count=2&_total=estimate":           6, "_history?_total=none": -1, "_history?_type=Organization": 1,
		"_history?_type=Patient,Organization&_count=1&_total=accurate": 6,
		"_history?_type=Task": 0, "Patient/_history?_sort=_lastUpdated&_count=1&_total=accurate": 5} {
		b := c.do("GET", "/"+query, "").is(http.StatusOK).bundle()
		if b.Total == nil && want >= 0 || b.Total != nil && *b.Total != want {
			t.Errorf("%s: total %v, want %d", query, b.Total, want)
		}
	}
}

// TestB23_AHistoryRefusesByNameWhatItHasNot: _list is R4's, and none of the parameters is passed over.
func TestB23_AHistoryRefusesByNameWhatItHasNot(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	for query, names := range map[string]string{"_history?_list=1": "_list", "Patient/1/_history?_list=1": "_list",
		"Patient/_history?_type=Patient": "_type",
		"_history?_type=Patients":        "_type", "_history?_sort=family": "_sort", "_history?_total=many": "_total",
		"_history?_sort=": "_sort"} {
		c.do("GET", "/"+query, "").is(http.StatusBadRequest).says(names)
	}
}

func TestHistoryTimes(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.put("1", "Baker")
	updated := c.do("GET", "/Patient/1/_history/2", "").body
	_, updated, _ = strings.Cut(updated, `"lastUpdated":"`)
	updated, _, _ = strings.Cut(updated, `"`)
	second, err := time.Parse(fhir.InstantLayout, updated)
	if err != nil {
		t.Fatal(err)
	}
	count := func(query string) int {
		t.Helper()
		return len(c.do("GET", "/Patient/1/_history?"+query, "").is(http.StatusOK).bundle().Entry)
	}
	if n := count("_since=" + updated); n != 1 {
		t.Errorf("%d since the second version's own time, want 1", n)
	}
	if n := count("_at=" + updated); n != 1 {
		t.Errorf("%d current at the second version's own time, want 1", n)
	}
	if n := count("_since=" + second.Add(time.Hour).Format(time.RFC3339)); n != 0 {
		t.Errorf("%d since an hour later, want 0", n)
	}
	if n := count(fmt.Sprintf("_at=%d", second.Year())); n != 2 {
		t.Errorf("%d current at some time of that year, want 2", n)
	}
	for _, bad := range []string{"_since=yesterday", "_since=2026-13", "_at=", "_count=0", "_count=-1", "_count=x", "_cursor=!", "_since=2026&_since=2027", "_sort=x"} {
		name, _, _ := strings.Cut(bad, "=")
		c.do("GET", "/Patient/1/_history?"+bad, "").is(http.StatusBadRequest).says(name)
	}
}
