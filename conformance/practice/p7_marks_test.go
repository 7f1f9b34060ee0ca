package practice_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/online"
)

// tagged is a search of a path by a mark's tag.
func tagged(path, mark string) string {
	return path + "?_tag=" + url.QueryEscape(search.MarkSystem+"|"+mark)
}

// marks are the codes of MarkSystem in a resource, sorted.
func (a answer) marks() (codes []string) {
	var r struct {
		Meta struct {
			Tag []struct{ System, Code string }
		}
	}
	_ = json.Unmarshal([]byte(a.body), &r) // what can't be read has none
	for _, tag := range r.Meta.Tag {
		if tag.System == search.MarkSystem {
			codes = append(codes, tag.Code)
		}
	}
	slices.Sort(codes)
	return codes
}

// marked fails the story unless a client is served a resource with these marks, in every way.
func (c *client) marked(key string, want ...string) {
	c.Helper()
	typ, id, _ := strings.Cut(key, "/")
	for _, path := range []string{"/" + key, "/" + key + "/_history/1"} {
		if got := c.is(http.StatusOK, c.get(path)).marks(); !slices.Equal(got, want) {
			c.Errorf("%s: marked %v, want %v", path, got, want)
		}
	}
	for _, path := range []string{"/" + typ + "?_id=" + id, "/" + key + "/_history",
		"/" + typ + "?_id=" + id + "&_elements=id",
		"/?_type=" + typ + "&_id=" + id} {
		a := c.is(http.StatusOK, c.get(path))
		var b struct {
			Entry []struct{ Resource json.RawMessage }
		}
		c.must(json.Unmarshal([]byte(a.body), &b))
		if len(b.Entry) == 0 {
			c.Errorf("%s finds nothing: %s", path, a.body)
		}
		for _, e := range b.Entry {
			if got := (answer{body: string(e.Resource)}).marks(); !slices.Equal(got, want) {
				c.Errorf("%s: marked %v, want %v", path, got, want)
			}
		}
	}
}

// count is Bundle.total.
func (a answer) count() int {
	b := struct{ Total int }{-1}
	_ = json.Unmarshal([]byte(a.body), &b)
	return b.Total
}

// link is a Bundle's link, "" if it has none.
func (a answer) link(relation string) string {
	var b struct {
		Link []struct{ Relation, URL string }
	}
	_ = json.Unmarshal([]byte(a.body), &b)
	for _, l := range b.Link {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

// A5: what is hidden, held back and suspended is marked in what staff are served, and is found by that. To everybody
// else nothing is.
func TestP7_StaffSeeWhatIsHiddenHeldBackAndSuspended(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		doc, ehr, other := p.staff(), p.ehr(), p.person("other", "", "user/*.cruds")
		ehr.is(http.StatusCreated, ehr.put("/Observation/sodium", result("sodium")))
		doc.marked("Condition/asthma")
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$hide", because))
		for _, who := range []string{"Patient/bob", "RelatedPerson/dad"} {
			doc.is(http.StatusOK, doc.post("/"+who+"/$online-access", parameters("suspended", "Boolean", "true")))
		}
		for key, mark := range map[string]string{"Condition/asthma": "hidden", "Observation/sodium": "held-back",
			"Patient/bob": "suspended", "RelatedPerson/dad": "suspended"} {
			typ, _, _ := strings.Cut(key, "/")
			doc.marked(key, mark)
			ehr.marked(key)
			doc.sees(tagged("/"+typ, mark), key)
			doc.sees(tagged("/", mark)+"&_type="+typ, key)
			for _, c := range []*client{ehr, other} {
				c.sees(tagged("/"+typ, mark))
			}
			a, b := doc.get("/"+key).header, ehr.get("/"+key).header
			if a.Get("ETag") != b.Get("ETag") || a.Get("Last-Modified") != b.Get("Last-Modified") {
				t.Errorf("%s: a mark made a version: %s, %s", key, a.Get("ETag"), b.Get("ETag"))
			}
		}
		// What is over is marked no more.
		doc.is(http.StatusOK, doc.post("/Patient/bob/$online-access", parameters("suspended", "Boolean", "false")))
		doc.is(http.StatusOK, doc.post("/Condition/asthma/$unhide", parameters()))
		doc.is(http.StatusOK, doc.post("/Observation/sodium/$release", parameters()))
		doc.marked("Patient/bob")
		doc.sees(tagged("/Patient", "suspended"))
		doc.sees(tagged("/Condition", "hidden"))
		doc.sees(tagged("/Observation", "held-back"))
	})
}

// A list is a search like any other: with other criteria, negated, missing, chained, counted, by pages, over all types.
func TestP7_AListOfWhatIsHiddenIsASearchLikeAnyOther(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		doc, ehr := p.staff(), p.ehr()
		ehr.is(http.StatusCreated, ehr.put("/Observation/sodium", result("sodium")))
		doc.is(http.StatusOK, doc.post("/Observation/weight/$hide", because))
		both := tagged("/Observation", "hidden,"+search.MarkSystem+"|held-back")
		doc.sees(both, "Observation/sodium", "Observation/weight")
		doc.sees(both+"&code:text=weight", "Observation/weight")
		doc.sees(strings.Replace(both, "_tag", "_tag:not", 1), "Observation/hba1c")
		doc.sees("/Observation?_tag:missing=true", "Observation/hba1c")
		doc.sees("/Observation?_tag:missing=false", "Observation/sodium", "Observation/weight")
		doc.sees("/Observation?_tag=held-back", "Observation/sodium")
		doc.sees(strings.Replace(tagged("/Patient", "hidden"), "_tag", "_has:Observation:patient:_tag", 1), "Patient/ann")
		doc.sees(strings.Replace(tagged("/Observation", "suspended"), "_tag", "patient._tag", 1))
		doc.sees("/Observation?_filter="+url.QueryEscape("_tag eq "+search.MarkSystem+"|hidden"), "Observation/weight")
		if n := doc.get(both + "&_summary=count").count(); n != 2 {
			t.Errorf("counted %d", n)
		}
		first := doc.is(http.StatusOK, doc.get(both+"&_count=1&_total=accurate"))
		second := doc.is(http.StatusOK, doc.get(strings.TrimPrefix(first.link("next"), base)))
		got := slices.Sorted(slices.Values(slices.Concat(first.found(), second.found())))
		want := []string{"Observation/sodium", "Observation/weight"}
		if first.count() != 2 || !slices.Equal(got, want) || second.link("next") != "" {
			t.Errorf("by pages: %v of %d", got, first.count())
		}
		doc.is(http.StatusOK, doc.get("/Observation/weight")) // of which the trail tells, and that is hidden too
		doc.trail("")
		for _, key := range doc.is(http.StatusOK, doc.get(tagged("/", "hidden"))).found() {
			if key != "Observation/weight" && !strings.HasPrefix(key, "Consent/") {
				t.Errorf("over all types there is %s", key)
			}
		}
	})
}

// To a patient a mark is a tag that nobody has, and of staff's lists none reads in the audit.
func TestP7_NoPatientLearnsOfMarks(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		ann, dad, doc := p.patient("ann"), p.proxy(), p.staff()
		doc.is(http.StatusOK, doc.post("/Observation/weight/$hide", because))
		doc.is(http.StatusOK, doc.get(tagged("/Observation", "hidden")))
		doc.is(http.StatusOK, doc.get(tagged("/Patient", "suspended")+"&_id=ann"))
		doc.is(http.StatusOK, doc.get(tagged("/Patient/ann/Condition", "hidden")))
		for _, c := range []*client{ann, dad} {
			for _, mark := range []string{"hidden", "held-back", "suspended"} {
				never := strings.Repeat("z", len(mark))
				got, none := c.get(tagged("/Observation", mark)), c.get(tagged("/Observation", never))
				same := func(a answer) string {
					return strings.NewReplacer(a.header.Get("X-Request-Id"), "", mark, "", never, "").Replace(a.body)
				}
				if got.status != none.status || same(got) != same(none) {
					t.Errorf("%s: %d %s; a tag of nobody's: %d %s", mark, got.status, got.body, none.status, none.body)
				}
			}
			c.sees("/Observation?_tag:missing=true", "Observation/hba1c")
		}
		seen := ann.trail("&agent=Practitioner/doc")
		if strings.Contains(seen, "_tag") || strings.Contains(seen, "search-type") {
			t.Errorf("Ann reads of a list: %s", seen)
		}
		text := doc.trail("")
		if !strings.Contains(text, `"search-type"`) || strings.Contains(text, search.MarkSystem+`","code`) {
			t.Errorf("staff read of them: %s", text)
		}
	})
}

// A5: a mark is made when something is served. It is stored by no way in which a resource comes, and nothing that
// comes with one is changed by it.
func TestP7_NoMarkIsStored(t *testing.T) {
	on(t, func(p *practice) {
		tag := `{"system":"` + search.MarkSystem + `","code":"hidden"}`
		with := func(text, tags string) string {
			return strings.Replace(text, `{"resourceType"`, `{"meta":{"tag":[`+tags+`]},"resourceType"`, 1)
		}
		own := `{"system":"http://ehr.example","code":"x"}`
		p.load(with(chart[0], tag), with(chart[1], own+","+tag))
		ann, doc, ehr := p.patient("ann"), p.staff(), p.ehr()
		doc.marked("Condition/asthma")
		unmarked := func(path string) {
			t.Helper()
			if text := ehr.get(path).body; strings.Contains(text, search.MarkSystem) {
				t.Errorf("%s: stored: %s", path, text)
			}
		}
		unmarked("/Observation/weight")
		for _, id := range []string{"Condition/asthma", "Observation/weight"} {
			doc.is(http.StatusOK, doc.post("/"+id+"/$hide", because))
			served := doc.is(http.StatusOK, doc.get("/"+id))
			back := doc.is(http.StatusOK, doc.put("/"+id, served.body, served.version()))
			if back.header.Get("ETag") != served.header.Get("ETag") || back.body != served.body {
				t.Errorf("sent back unchanged: %s %s, was %s", back.header.Get("ETag"), back.body, served.body)
			}
		}
		// A patch names places in what was served; what it does to the mark comes to nothing.
		doc.is(http.StatusOK, doc.patch("/Condition/asthma",
			`[{"op":"test","path":"/meta/tag/0/code","value":"hidden"},{"op":"remove","path":"/meta/tag"}]`))
		a := doc.is(http.StatusOK, doc.patch("/Observation/weight",
			`[{"op":"remove","path":"/meta/tag/1"},{"op":"add","path":"/note","value":[{"text":"x"}]}]`))
		got := a.marks()
		if !slices.Equal(got, []string{"hidden"}) || a.header.Get("ETag") != `W/"2"` || !strings.Contains(a.body, own) {
			t.Errorf("after a patch: %s %s", a.header.Get("ETag"), a.body)
		}
		doc.marked("Condition/asthma", "hidden")
		fresh := doc.is(http.StatusCreated, doc.post("/Condition", with(p.with(chart[0], map[string]any{"id": nil}), tag)))
		doc.marked(fresh.key())
		ann.sees("/Condition", fresh.key())
		bundle := `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":` + with(chart[4], tag) +
			`,"request":{"method":"PUT","url":"Communication/hello"}}]}`
		ehr.is(http.StatusOK, ehr.post("/", bundle))
		ann.is(http.StatusOK, ann.get("/Communication/hello"))
		doc.marked("Communication/hello")
		for _, path := range []string{"/Condition/asthma", "/Condition/asthma/_history", "/Communication/hello"} {
			unmarked(path)
		}
		unmarked("/" + fresh.key())
		// No patient says so of anything.
		a = ann.post("/Communication", p.with(p.message("Patient/ann", "ann", "Hello", nil),
			map[string]any{"meta": json.RawMessage(`{"tag":[` + tag + `]}`)}))
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("a patient marks a message: %d %s", a.status, a.body)
		}
	})
}

// Who was suspended before there were marks is found from the next start on.
func TestP7_WhoWasSuspendedBeforeThereWereMarksIsListed(t *testing.T) {
	on(t, func(p *practice) {
		decided := []byte(`{"suspended":true}`)
		for _, key := range []string{"Patient/bob", "Patient/gone"} {
			record := store.RecordWrite{Namespace: online.Namespace, Key: key, Value: decided, Revision: -1}
			_, err := p.backend.Apply(t.Context(), store.Batch{Records: []store.RecordWrite{record}})
			p.must(err)
		}
		doc := p.staff()
		doc.sees(tagged("/Patient", "suspended"))
		for range 2 {
			p.must(online.MarkSuspended(t.Context(), p.store))
			doc.sees(tagged("/Patient", "suspended"), "Patient/bob")
			doc.marked("Patient/bob", "suspended")
		}
	})
}
