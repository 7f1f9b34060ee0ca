package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/handlers"
	"frontdesk/store"
)

// form is what a search that is POSTed is sent as.
const form = "Content-Type: application/x-www-form-urlencoded"

func TestSearch(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.put("2", "Baker")
	got := c.do("GET", "/Patient?family=adams&_total=accurate", "").is(http.StatusOK).bundle()
	if got.Type != "searchset" || !slices.Equal(got.ids(), []string{"1"}) || got.Total == nil || *got.Total != 1 {
		t.Errorf("got %+v", got)
	}
	if e := got.Entry[0]; e.FullURL != base+"/Patient/1" || e.Search.Mode != "match" {
		t.Errorf("entry %+v", e)
	}
	if self := got.link("self"); !strings.HasPrefix(self, base+"/Patient?") || !strings.Contains(self, "family=adams") {
		t.Errorf("self is %q", self)
	}
	if got.link("next") != "" || got.link("first") != "" {
		t.Errorf("the only page has links %v", got.Link)
	}
	if b := c.do("GET", "/Patient?family=adams", "").bundle(); b.Total == nil || *b.Total != len(b.Entry) {
		t.Errorf("no total, though all is on the page: %v", b.Total)
	}
	if b := c.do("GET", "/Patient?_count=1", "").bundle(); b.Total != nil {
		t.Errorf("a total that nobody asked for: %d", *b.Total)
	}
	if b := c.do("GET", "/Patient?_total=none", "").bundle(); b.Total != nil {
		t.Errorf("a total that nobody wants: %d", *b.Total)
	}
	if b := c.do("GET", "/Patient?_summary=count", "").bundle(); b.Total == nil || *b.Total != 2 || len(b.Entry) > 0 {
		t.Errorf("_summary=count gives %+v", b)
	}
	c.do("GET", "/Patient?family=zzz", "").is(http.StatusOK).hasNo("entry")
	c.do("GET", "/Patient?famly=adams", "").is(http.StatusBadRequest).says("famly")
	c.do("GET", "/Patient?_elements=identifier", "").is(http.StatusOK).says("SUBSETTED").hasNo(`"name"`)
}

func TestSearchLenient(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	got := c.do("GET", "/Patient?famly=x&family=adams", "", "Prefer: handling=lenient").is(http.StatusOK).says("famly").bundle()
	if len(got.Entry) != 2 || got.Entry[1].Search.Mode != "outcome" || strings.Contains(got.link("self"), "famly") {
		t.Errorf("got %+v", got)
	}
}

func TestSearchByPost(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.put("2", "Baker")
	got := c.do("POST", "/Patient/_search?_total=accurate", "family=baker", form).is(http.StatusOK).bundle()
	if !slices.Equal(got.ids(), []string{"2"}) || got.Total == nil {
		t.Errorf("form and URL together give %+v", got)
	}
	c.do("POST", "/Patient/_search", "family=baker&_pretty=true", form).is(http.StatusOK).says("\n  ")
	c.do("POST", "/Patient/_search?family=baker", "").is(http.StatusOK)
	c.do("POST", "/Patient/_search", "{}").is(http.StatusUnsupportedMediaType).says("x-www-form-urlencoded")
	c.do("POST", "/_search", "_type=Patient&_id=1", form).is(http.StatusOK).says("Adams")
}

func TestSearchOfSystem(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.do("PUT", "/Organization/1", `{"resourceType":"Organization","id":"1","name":"Surgery"}`).is(http.StatusCreated)
	got := c.do("GET", "?_type=Patient,Organization", "").is(http.StatusOK).bundle()
	if len(got.Entry) != 2 || !strings.HasPrefix(got.link("self"), base+"?") {
		t.Errorf("got %+v", got)
	}
	c.do("GET", "?_type=Organization", "").is(http.StatusOK).says("Surgery").hasNo("Adams")
	c.do("GET", "?_type=Practice", "").is(http.StatusBadRequest).says("_type")
}

// Paging goes by the links alone, and neither repeats nor skips.
func TestPaging(t *testing.T) {
	c := newClient(t)
	var want []string
	for i := range 7 {
		id := fmt.Sprint("p", i)
		c.put(id, "Adams")
		want = append(want, id)
	}
	var got []string
	pages := 0
	for path := "/Patient?family=adams&_sort=_id&_count=3&_format=json"; path != ""; pages++ {
		b := c.do("GET", path, "").is(http.StatusOK).bundle()
		got = append(got, b.ids()...)
		for _, l := range b.Link {
			if !strings.HasPrefix(l.URL, base+"/Patient?") || !strings.Contains(l.URL, "_format=json") {
				t.Errorf("link %+v doesn't keep to what was asked", l)
			}
		}
		if pages > 0 && b.link("first") == "" {
			t.Error("a later page has no link to the first")
		}
		path = strings.TrimPrefix(b.link("next"), base)
	}
	if !slices.Equal(got, want) || pages != 3 {
		t.Errorf("%d pages: %v", pages, got)
	}
	c.back(t, "/Patient?family=adams&_sort=_id&_count=3", got)
	first := c.do("POST", "/Patient/_search", "family=adams&_sort=_id&_count=3", form).is(http.StatusOK).bundle().link("next")
	second := c.do("GET", strings.TrimPrefix(first, base), "").is(http.StatusOK).bundle()
	if !slices.Equal(second.ids(), want[3:6]) {
		t.Errorf("the next page of a POSTed search has %v", second.ids())
	}
	_, foreign, _ := strings.Cut(first, "_cursor=")
	for _, bad := range []string{foreign, "x", "%00", "====", strings.Repeat("A", 3000), "AAAA"} {
		c.do("GET", "/Patient?_count=3&_cursor="+bad, "").is(http.StatusBadRequest).says("_cursor")
	}
}

// back goes by the links to the last page and from there to the first: on the way is all there is, and each page leads
// on to the one after it.
func (c *client) back(t *testing.T, path string, want []string) {
	t.Helper()
	var got []string
	b := c.do("GET", path, "").is(http.StatusOK).bundle()
	if b.link("previous") != "" {
		t.Errorf("there is a page before the first: %v", b.Link)
	}
	for at := b.link("last"); at != ""; at = b.link("previous") {
		b = c.do("GET", strings.TrimPrefix(at, base), "").is(http.StatusOK).bundle()
		if next := b.link("next"); next != "" {
			if ids := c.do("GET", strings.TrimPrefix(next, base), "").is(http.StatusOK).bundle().ids(); len(ids) == 0 ||
				ids[0] != got[0] {
				t.Errorf("behind %v comes %v, want %s", b.ids(), ids, got[0])
			}
		} else if got != nil {
			t.Errorf("no page is behind %v", b.ids())
		}
		got = append(b.ids(), got...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("from the end: %v, want %v", got, want)
	}
}

// TestPagesOfIncludes: where what matches bring along makes pages shorter, the links still lead to every match once,
// with all it brings.
func TestPagesOfIncludes(t *testing.T) {
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	st := store.Open(memory.Open(r), r, store.Options{Base: base, MaxIncludes: 5})
	c := newClient(t, func(o *handlers.Options) { o.Store = st })
	want := map[string]int{}
	for p := range 6 {
		c.put(fmt.Sprint("p", p), "Adams")
		want[fmt.Sprint("Patient/p", p)] = 1
		for o := range p {
			id := fmt.Sprintf("o%d-%d", p, o)
			c.do("PUT", "/Observation/"+id, fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p%d"}}`, id, p)).is(http.StatusCreated)
			want["Observation/"+id] = 1
		}
	}
	got, pages := map[string]int{}, 0
	for path := "/Patient?_count=4&_sort=_id&_revinclude=Observation:subject"; path != ""; pages++ {
		b := c.do("GET", path, "").is(http.StatusOK).bundle()
		for _, e := range b.Entry {
			got[strings.TrimPrefix(e.FullURL, base+"/")]++
		}
		path = strings.TrimPrefix(b.link("next"), base)
	}
	if !maps.Equal(got, want) || pages != 4 {
		t.Errorf("%d pages: %v", pages, got)
	}
	clear(got)
	for path := "/Patient?_count=4&_sort=_id&_revinclude=Observation:subject"; path != ""; {
		b := c.do("GET", path, "").is(http.StatusOK).bundle()
		relation := "previous"
		if len(got) == 0 && b.link("previous") == "" {
			relation = "last"
		} else {
			for _, e := range b.Entry {
				got[strings.TrimPrefix(e.FullURL, base+"/")]++
			}
		}
		path = strings.TrimPrefix(b.link(relation), base)
	}
	if !maps.Equal(got, want) {
		t.Errorf("from the end: %v, want %v", got, want)
	}
}

// TestB27_ALenientSearchPassesOverWhatCanNotBeIncluded, and says so.
func TestB27_ALenientSearchPassesOverWhatCanNotBeIncluded(t *testing.T) {
	c := newClient(t)
	c.put("1", "adams")
	for _, include := range []string{"_include=Observation:nonsense", "_revinclude=Nowhere:subject", "_include:sometimes=Patient:link"} {
		c.do("GET", "/Patient?"+include, "").is(400)
		c.do("GET", "/Patient?"+include, "", "Prefer: handling=lenient").is(200).says(`"id":"1"`, "handling=lenient", `"fullUrl":"urn:uuid:`)
	}
}
