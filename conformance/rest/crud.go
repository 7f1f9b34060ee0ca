package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// interactions leads an example of each type through its life.
func (s *suite) interactions(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range sortedNames(s.Examples) {
		var r resource
		if err := json.Unmarshal(s.Examples[name], &r); err != nil {
			t.Fatalf("example %s: %v", name, err)
		}
		if seen[r.ResourceType] || s.claimed(r.ResourceType).Type == "" {
			continue
		}
		seen[r.ResourceType] = true
		t.Run(r.ResourceType, func(t *testing.T) { s.life(t, s.claimed(r.ResourceType), s.Examples[name]) })
	}
	if len(seen) == 0 {
		t.Error("no example is of a type that is claimed")
	}
}

func sortedNames(m map[string][]byte) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// plain is a resource's members but for id and meta, minified: what a server has to give back byte for byte.
func plain(t testing.TB, raw []byte) string {
	t.Helper()
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		t.Fatalf("not JSON: %v: %.200s", err, raw)
	}
	var out []string
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		if key != "id" && key != "meta" {
			value = value.Clone()
			if err := value.Compact(); err != nil {
				t.Fatal(err)
			}
			out = append(out, key+":"+string(value))
		}
	}
	return strings.Join(out, "\n")
}

// life is create, read, update, patch, delete and history of one resource.
func (s *suite) life(t *testing.T, c claim, example []byte) {
	a := s.do(t, "POST", "/"+c.Type, string(example))
	if a.status == http.StatusBadRequest && bytes.Contains(example, []byte(`"Bundle"`)) {
		t.Skipf("this example can't be stored by itself: %.200s", a.body)
	}
	a.is(201)
	if a.status != 201 {
		return
	}
	id := a.resource().ID
	at := "/" + c.Type + "/" + id
	if location := a.has("Location"); location != s.Base+at+"/_history/1" {
		t.Errorf("Location is %s", location)
	}
	if got, want := plain(t, []byte(a.body)), plain(t, example); got != want {
		t.Errorf("what came back differs:\n got %.2000s\nwant %.2000s", got, want)
	}
	s.reads(t, at, a.body)
	s.updates(t, c, at, id, example)
	if c.has("patch") {
		s.patches(t, at)
	}
	s.versions(t, c, at, id)
	s.deletes(t, c, at, id, example)
}

func (s *suite) reads(t *testing.T, at, body string) {
	a := s.do(t, "GET", at, "").is(200)
	if a.body != body {
		t.Errorf("%s differs from what create answered", a.request)
	}
	etag, modified := a.has("ETag"), a.has("Last-Modified")
	if etag != `W/"1"` {
		t.Errorf("ETag is %s", etag)
	}
	s.do(t, "GET", at, "", "If-None-Match: "+etag).is(304)
	s.do(t, "GET", at, "", `If-None-Match: W/"77"`).is(200)
	s.do(t, "GET", at, "", "If-Modified-Since: "+modified).is(304)
	s.do(t, "GET", at, "", "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT").is(200)
	if head := s.do(t, "HEAD", at, "").is(200); head.body != "" || head.has("ETag") != etag {
		t.Errorf("%s: %d bytes, ETag %s", head.request, len(head.body), head.header.Get("ETag"))
	}
}

// identified is an example with an id.
func identified(t testing.TB, example []byte, id string) string {
	t.Helper()
	var r map[string]json.RawMessage
	if err := json.Unmarshal(example, &r); err != nil {
		t.Fatal(err)
	}
	r["id"] = json.RawMessage(`"` + id + `"`)
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// without is an example without one of its elements.
func without(t testing.TB, example []byte, element string) []byte {
	t.Helper()
	var r map[string]json.RawMessage
	if err := json.Unmarshal(example, &r); err != nil {
		t.Fatal(err)
	}
	delete(r, element)
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *suite) updates(t *testing.T, c claim, at, id string, example []byte) {
	in := func(language string) string {
		return strings.Replace(identified(t, without(t, example, "language"), id), "{", `{"language":"`+language+`",`, 1)
	}
	body := in("en-GB")
	if tag := s.do(t, "PUT", at, body).is(200).has("ETag"); tag != `W/"2"` {
		t.Errorf("ETag after an update is %s", tag)
	}
	if tag := s.do(t, "PUT", at, body).is(200).has("ETag"); tag != `W/"2"` {
		t.Errorf("ETag after an update that changes nothing is %s", tag)
	}
	s.do(t, "PUT", at, body, `If-Match: W/"1"`).is(412)
	s.do(t, "PUT", at, in("cy"), `If-Match: W/"2"`).is(200)
	s.do(t, "PUT", at, body, "If-None-Match: *").is(412)
	if !c.UpdateCreate {
		return
	}
	own := s.own("created-" + c.Type)
	a := s.do(t, "PUT", "/"+c.Type+"/"+own, identified(t, example, own)).is(201)
	if a.resource().ID != own {
		t.Errorf("update-as-create gave the id %s", a.resource().ID)
	}
	s.do(t, "DELETE", "/"+c.Type+"/"+own, "").is(200, 204)
}

const jsonPatch = "Content-Type: application/json-patch+json"

func (s *suite) patches(t *testing.T, at string) {
	s.do(t, "PATCH", at, `[{"op":"add","path":"/language","value":"en"}]`, jsonPatch).is(200).says(`"language":"en"`)
	s.do(t, "PATCH", at, `[{"op":"test","path":"/language","value":"fr"}]`, jsonPatch).is(409, 412, 422)
	s.do(t, "PATCH", at, `[{"op":"replace","path":"/id","value":"other"}]`, jsonPatch).is(400, 422)
	s.do(t, "PATCH", at, `[{"op":"add","path":"/`+nowhere+`","value":1}]`, jsonPatch).is(400, 422)
	s.do(t, "PATCH", at, `{"op":"add"}`, jsonPatch).is(400)
	s.patchesByXML(t, at)
	s.do(t, "PATCH", at, `[]`, jsonPatch, `If-Match: W/"1"`).is(412)
	s.do(t, "PATCH", at, `[{"op":"remove","path":"/language"}]`, jsonPatch, `If-Match: W/"4"`).is(200)
}

// patchesByXML is what XML Patch can't do and must say, and one that changes nothing.
func (s *suite) patchesByXML(t *testing.T, at string) {
	const xmlPatch = "Content-Type: application/xml-patch+xml"
	typ, _, _ := strings.Cut(strings.TrimPrefix(at, "/"), "/")
	diff := func(operation string) string {
		return `<diff xmlns:f="http://hl7.org/fhir">` + strings.ReplaceAll(operation, "TYPE", typ) + `</diff>`
	}
	s.do(t, "PATCH", at, diff(`<replace sel="f:TYPE/f:language/@value">en</replace>`),
		xmlPatch).is(200).says(`"language":"en"`)
	s.do(t, "PATCH", at, diff(`<add sel="f:TYPE"><f:language value="en"/></add>`), xmlPatch).is(422)
	s.do(t, "PATCH", at, diff(`<remove sel="f:TYPE/f:`+nowhere+`"/>`), xmlPatch).is(400, 422)
	s.do(t, "PATCH", at, `<add/>`, xmlPatch).is(400)
	s.do(t, "PATCH", at, `[]`, xmlPatch).is(415)
	s.do(t, "PATCH", at, diff(`<remove sel="f:TYPE/f:language"/>`), jsonPatch).is(415)
}

// versions looks at what came about so far: three versions, five with the patches.
func (s *suite) versions(t *testing.T, c claim, at, id string) {
	count := 3
	if c.has("patch") {
		count = 5
	}
	if c.has("vread") {
		a := s.do(t, "GET", at+"/_history/2", "").is(200)
		if a.resource().Meta.VersionID != "2" || a.has("ETag") != `W/"2"` {
			t.Errorf("vread gave version %s", a.resource().Meta.VersionID)
		}
		s.do(t, "GET", at+"/_history/99", "").is(404)
		s.do(t, "GET", at+"/_history/x", "").is(404)
	}
	if !c.has("history-instance") {
		return
	}
	b := s.do(t, "GET", at+"/_history", "").is(200).bundle("history")
	var got []string
	for _, e := range b.Entry {
		got = append(got, e.Resource.Meta.VersionID)
	}
	want := []string{}
	for v := count; v > 0; v-- {
		want = append(want, fmt.Sprint(v))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the history has versions %v, want %v", got, want)
	}
	if last := b.Entry[len(b.Entry)-1]; last.Request.Method != "POST" || !strings.HasPrefix(last.Response.Status, "201") || last.FullURL != s.Base+"/"+c.Type+"/"+id {
		t.Errorf("the oldest version is said to come from %+v, %+v", last.Request, last.Response)
	}
}

func (s *suite) deletes(t *testing.T, c claim, at, id string, example []byte) {
	s.do(t, "DELETE", at, "").is(200, 204)
	s.do(t, "GET", at, "").is(410)
	s.do(t, "HEAD", at, "").is(410)
	s.do(t, "DELETE", at, "").is(200, 204)
	s.do(t, "DELETE", "/"+c.Type+"/"+nowhere, "").is(200, 204)
	if c.has("vread") {
		s.do(t, "GET", at+"/_history/1", "").is(200)
	}
	if c.has("search-type") {
		if b := s.do(t, "GET", "/"+c.Type+"?_id="+id, "").is(200).bundle("searchset"); len(b.ids("match")) > 0 {
			t.Error("a deleted resource is found")
		}
	}
	if c.has("history-instance") {
		b := s.do(t, "GET", at+"/_history?_count=1", "").is(200).bundle("history")
		if len(b.Entry) != 1 || b.Entry[0].Request.Method != "DELETE" || b.Entry[0].Resource.ResourceType != "" {
			t.Errorf("the newest entry after a delete is %+v", b.Entry)
		}
	}
	s.do(t, "PUT", at, identified(t, example, id)).is(201)
	s.do(t, "DELETE", at, "").is(200, 204)
}
