package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers"
)

// manifest is what is read of an export that is done.
type manifest struct {
	TransactionTime     string
	Request             string
	RequiresAccessToken bool
	Output, Deleted     []struct {
		Type, URL string
		Count     int
	}
	Error []any
}

const async = "Prefer: respond-async"

// order begins an export and gives the path of its status.
func (c client) order(path string, headers ...string) string {
	c.Helper()
	return c.do("GET", path, "", append(headers, async)...).status202()
}

// status202 is the path of the status of an export that has begun.
func (a answer) status202() string {
	a.Helper()
	at, ours := strings.CutPrefix(a.is(http.StatusAccepted).header.Get("Content-Location"), base)
	if !ours {
		a.Fatalf("%s: Content-Location is %q", a.request, a.header.Get("Content-Location"))
	}
	return at
}

// exported is the manifest of an export, once it's done.
func (c client) exported(at string) (m manifest) {
	c.Helper()
	for tick := time.Tick(2 * time.Millisecond); ; <-tick {
		a := c.do("GET", at, "")
		if a.status == http.StatusAccepted {
			if a.header.Get("X-Progress") == "" || a.header.Get("Retry-After") == "" {
				c.Fatalf("while it is made: %v", a.header)
			}
			continue
		}
		a.is(http.StatusOK)
		if !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") || a.header.Get("Expires") == "" {
			c.Errorf("the manifest's headers are %v", a.header)
		}
		if err := json.Unmarshal([]byte(a.body), &m); err != nil {
			c.Fatal(err)
		}
		return m
	}
}

// lines are what the files of a manifest hold, each as "Type/id" or "-Type/id" of a deletion, sorted.
func (c client) lines(m manifest) (all []string) {
	c.Helper()
	for _, f := range append(m.Output, m.Deleted...) {
		a := c.do("GET", strings.TrimPrefix(f.URL, base), "", "Accept: application/fhir+ndjson").is(http.StatusOK)
		if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "application/fhir+ndjson") {
			c.Errorf("a file is of type %q", got)
		}
		for line := range strings.Lines(a.body) {
			var r struct {
				ResourceType, ID string
				Entry            []struct{ Request struct{ Method, URL string } }
			}
			err := json.Unmarshal([]byte(line), &r)
			if err != nil || r.ResourceType != f.Type || !strings.HasSuffix(line, "\n") {
				c.Fatalf("%v: a line of a file of %s is %s", err, f.Type, line)
			}
			if len(r.Entry) == 1 && r.Entry[0].Request.Method == "DELETE" {
				all = append(all, "-"+r.Entry[0].Request.URL)
				continue
			}
			all = append(all, r.ResourceType+"/"+r.ID)
		}
	}
	slices.Sort(all)
	return all
}

// export is what an export has in it.
func (c client) export(path string) string {
	c.Helper()
	return strings.Join(c.lines(c.exported(c.order(path))), " ")
}

func TestExportFromOrderToEnd(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		c := all.client
		c.do("GET", "/$export", "").is(http.StatusBadRequest).says("Prefer: respond-async")
		at := c.order("/$export?_type=Patient,Observation")
		m := c.exported(at)
		if !m.RequiresAccessToken || m.Request != base+"/$export?_type=Patient,Observation" || m.Error == nil ||
			m.Deleted == nil {
			t.Errorf("the manifest is %+v", m)
		}
		want := append(c.walk("/Patient"), c.walk("/Observation")...)
		if slices.Sort(want); !slices.Equal(c.lines(m), want) {
			t.Errorf("exported %v, want %v", c.lines(m), want)
		}
		never := c.do("GET", "/_export/00000000-0000-4000-8000-000000000000", "").is(http.StatusNotFound)
		file := strings.TrimPrefix(m.Output[0].URL, base)
		for _, path := range []string{at + "/99.ndjson", at + "/-1.ndjson", at + "/00.ndjson", at + "/0", at + "/x.ndjson"} {
			c.do("GET", path, "").is(http.StatusNotFound)
		}
		if got := c.do("GET", file, "", "Accept-Encoding: gzip"); got.status != http.StatusOK {
			t.Errorf("a file with gzip: %d", got.status)
		}
		c.do("DELETE", at, "").is(http.StatusAccepted)
		for _, path := range []string{at, file} {
			a := c.do("GET", path, "").is(http.StatusNotFound)
			if a.text() != never.text() {
				t.Errorf("what was cancelled is told apart from what never was: %s, %s", a.body, never.body)
			}
		}
		c.do("DELETE", at, "").is(http.StatusNotFound)
	})
}

// text is what an error says, without the reference.
func (a answer) text() string {
	var o struct {
		Issue []struct {
			Code    string
			Details struct{ Text string }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &o); err != nil {
		a.Fatal(err)
	}
	return fmt.Sprint(o)
}

func TestExportTakesWhatItSays(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		c := all.client
		for query, says := range map[string]string{
			"_type=Nothing": "_type", "_type=,": "_type", "_since=soon": "_since", "_outputFormat=csv": "_outputFormat",
			"includeAssociatedData=LatestProvenanceResources": "includeAssociatedData",
			"organizeOutputBy=Patient":                        "organizeOutputBy", "_until=2024-01-01T00:00:00Z": "_until",
			"_typeFilter=Observation": "_typeFilter", "_typeFilter=Observation%3Fnothing=1": "nothing",
			"_type=Patient&_typeFilter=Observation%3Fcode=x": "_typeFilter", "_elements=Patient.nothing": "_elements",
			"_typeFilter=Observation%3F_count=1": "_count", "_elements=nothing": "_elements", "_cursor=x": "_cursor",
			"patient=Patient/a": "patient",
		} {
			c.do("GET", "/$export?"+query, "", async).is(http.StatusBadRequest).says(says)
		}
		c.do("GET", "/Patient/$export?_type=Organization", "", async).is(http.StatusBadRequest).says("no patient's record")
		c.do("GET", "/Patient/$export?patient=Patient/a", "", async).is(http.StatusBadRequest).says("by POST")
		c.do("GET", "/Group/none/$export", "", async).is(http.StatusNotFound)
		c.do("POST", "", `{"resourceType":"Bundle","type":"batch","entry":[
			{"request":{"method":"GET","url":"$export"}}]}`, async).is(http.StatusOK).says("can't be begun in a Bundle")
		lenient := c.do("GET", "/$export?_type=Patient,Nothing&organizeOutputBy=Patient", "",
			"Prefer: respond-async, handling=lenient").is(http.StatusAccepted)
		got, want := c.lines(c.exported(lenient.status202())), c.walk("/Patient?_sort=_id")
		if !slices.Equal(got, want) {
			t.Errorf("leniently: %v, want %v", got, want)
		}
		c.do("PUT", "/Observation/lab", `{"resourceType":"Observation","id":"lab","status":"final","code":{"text":"x"},
			"subject":{"reference":"Patient/a"},"category":[{"coding":[{"code":"laboratory"}]}]}`).is(http.StatusCreated)
		if got := c.export("/$export?_type=Observation&_typeFilter=Observation%3F_id=lab,Observation%3F_id=oa1,oa2"); got !=
			"Observation/lab Observation/oa1 Observation/oa2" {
			t.Errorf("filtered: %s", got)
		}
		m := c.exported(c.order("/$export?_type=Observation&_typeFilter=Observation%3F_id=lab&_elements=Observation.status"))
		a := c.do("GET", strings.TrimPrefix(m.Output[0].URL, base), "").is(http.StatusOK).says("SUBSETTED")
		if strings.Contains(a.body, "laboratory") || !strings.Contains(a.body, `"final"`) {
			t.Errorf("of the elements asked for came %s", a.body)
		}
	})
}

// TestExportSince: what has changed after a time, and what was deleted; and of a new member of a group, everything.
func TestExportSince(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		c := all.client
		group := func(members ...string) {
			text := `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[`
			for i, m := range members {
				if i > 0 {
					text += ","
				}
				text += `{"entity":{"reference":"Patient/` + m + `"}}`
			}
			c.do("PUT", "/Group/g", text+`]}`)
		}
		group("a")
		before := c.exported(c.order("/Group/g/$export?_type=Patient"))
		if got := strings.Join(c.lines(before), " "); got != "Patient/a" {
			t.Errorf("of the group there is %s", got)
		}
		since := "?_since=" + before.TransactionTime
		if got := c.export("/$export" + since); got != "" {
			t.Errorf("nothing has happened, and exported is %s", got)
		}
		c.do("PUT", "/Organization/new", `{"resourceType":"Organization","id":"new","name":"New"}`).is(http.StatusCreated)
		c.do("DELETE", "/Observation/oa1", "").is(http.StatusNoContent)
		c.do("PUT", "/Observation/brief", `{"resourceType":"Observation","id":"brief","status":"final","code":{"text":"x"},
			"subject":{"reference":"Patient/b"}}`)
		c.do("DELETE", "/Observation/brief", "").is(http.StatusNoContent)
		want := "-Observation/brief -Observation/oa1 Organization/new"
		if got := c.export("/$export" + since + "&_type=Organization,Observation"); got != want {
			t.Errorf("since then: %s", got)
		}
		if got := c.export("/Group/g/$export" + since + "&_type=Patient,Observation"); got != "-Observation/oa1" {
			t.Errorf("in the group since then: %s", got)
		}
		group("a", "b")
		whole := c.export("/Group/g/$export" + since + "&_type=Patient,Observation")
		for _, want := range append(c.walk("/Observation?patient=b"), "Patient/b", "-Observation/oa1") {
			if !strings.Contains(whole, want) {
				t.Errorf("of a new member %s is missing in %s", want, whole)
			}
		}
		if strings.Contains(" "+whole+" ", " Patient/a ") {
			t.Errorf("of who was a member unchanged is exported %s", whole)
		}
		a := c.do("POST", "/Patient/$export", `{"resourceType":"Parameters","parameter":[
			{"name":"patient","valueReference":{"reference":"Patient/b"}},{"name":"_type","valueString":"Patient"}]}`, async)
		if got := c.lines(c.exported(a.status202())); !slices.Equal(got, []string{"Patient/b"}) {
			t.Errorf("of a patient by name: %v", got)
		}
	})
}

// TestExportIsOfWhoAsks: nobody gets what is not for them, neither made nor fetched, and others' exports don't exist.
func TestExportIsOfWhoAsks(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		a := all.as(app(t, "a", "patient/*.rs"))
		at := a.order("/$export")
		m := a.exported(at)
		for _, line := range a.lines(m) {
			a.do("GET", "/"+line, "").is(http.StatusOK)
		}
		if got := strings.Join(a.lines(m), " "); !strings.Contains(got, "Observation/oa1") || strings.Contains(got, "ob1") {
			t.Errorf("patient a's export holds %s", got)
		}
		never := all.do("GET", "/_export/00000000-0000-4000-8000-000000000000", "").is(http.StatusNotFound)
		for _, other := range []client{all.client, all.as(app(t, "b", "patient/*.rs"))} {
			for _, path := range []string{at, strings.TrimPrefix(m.Output[0].URL, base)} {
				if got := other.do("GET", path, "").is(http.StatusNotFound); got.text() != never.text() {
					t.Errorf("another's export is told apart from none: %s", got.body)
				}
			}
			other.do("DELETE", at, "").is(http.StatusNotFound)
		}
		less := all.as(app(t, "a", "patient/Patient.rs"))
		if got := strings.Join(less.lines(m), " "); got != "Patient/a" {
			t.Errorf("by a token for less, the files hold %s", got)
		}
		less.do("GET", "/$export?_type=Observation", "", async).is(http.StatusForbidden)
		all.as(access.Grant{}).do("GET", "/$export", "", async).is(http.StatusForbidden)
	})
}

// TestExportGoesOn: what a server leaves unfinished counts against the limit, and the next one finishes it.
func TestExportGoesOn(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		one := func(o *handlers.Options) { o.Limits.Exports = 1 }
		stopped := all.as(access.Everything("test"), one)
		stopped.h.(*handlers.Server).Close()
		at := stopped.order("/$export?_type=Patient")
		stopped.do("GET", at+"/0.ndjson", "").is(http.StatusNotFound)
		again := stopped.do("GET", "/$export", "", async).is(http.StatusTooManyRequests)
		if again.header.Get("Retry-After") == "" {
			t.Error("too many exports, and no Retry-After")
		}
		all.as(access.Everything("another"), one).order("/$export?_type=Patient")
		all.do("PUT", "/Patient/late", patient("late", "Late")).is(http.StatusCreated)
		next := all.as(access.Everything("test"), one)
		if got := strings.Join(next.lines(next.exported(at)), " "); got != "Patient/a Patient/b" {
			t.Errorf("after a restart it holds %s", got)
		}
		next.exported(next.order("/$export?_type=Patient"))
	})
}

// TestExportExpires: then it is as if it had never been.
func TestExportExpires(t *testing.T) {
	everyBackend(t, func(t *testing.T, all shared) {
		ward(all.client)
		c := all.as(access.Everything("test"), func(o *handlers.Options) { o.Limits.ExportKept = time.Second })
		at := c.order("/$export?_type=Patient")
		m := c.exported(at)
		never := c.do("GET", "/_export/00000000-0000-4000-8000-000000000000", "").is(http.StatusNotFound)
		for tick := time.Tick(50 * time.Millisecond); c.do("GET", at, "").status == http.StatusOK; <-tick {
		}
		for _, path := range []string{at, strings.TrimPrefix(m.Output[0].URL, base)} {
			if a := c.do("GET", path, "").is(http.StatusNotFound); a.text() != never.text() {
				t.Errorf("what has expired is told apart from what never was: %s", a.body)
			}
		}
	})
}
