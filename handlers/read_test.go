package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams").is(http.StatusCreated)
	got := c.do("GET", "/Patient/1", "").is(http.StatusOK).
		has("ETag", `W/"1"`).has("Content-Type", "application/fhir+json; charset=utf-8").
		says(`"family":"Adams"`, `"versionId":"1"`)
	modified := got.header.Get("Last-Modified")
	if _, err := http.ParseTime(modified); err != nil {
		t.Errorf("Last-Modified %q: %v", modified, err)
	}

	c.do("GET", "/Patient/1/", "").is(http.StatusOK)
	if head := c.do("HEAD", "/Patient/1", "").is(http.StatusOK); head.header.Get("ETag") != `W/"1"` {
		t.Errorf("HEAD has other headers than GET: %v", head.header)
	}
	c.do("GET", "/Patient/1", "", `If-None-Match: W/"1"`).is(http.StatusNotModified).has("ETag", `W/"1"`).has("Content-Type", "")
	c.do("GET", "/Patient/1", "", `If-None-Match: W/"2"`).is(http.StatusOK)
	c.do("GET", "/Patient/1", "", "If-Modified-Since: "+modified).is(http.StatusNotModified)
	c.do("GET", "/Patient/1", "", "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT").is(http.StatusOK)
	c.do("GET", "/Patient/2", "").is(http.StatusNotFound).says(`"code":"not-found"`)
}

func TestReadShape(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.do("GET", "/Patient/1?_elements=identifier", "").is(http.StatusOK).says("SUBSETTED", "urn:x").hasNo(`"name"`)
	c.do("GET", "/Patient/1?_summary=true", "").is(http.StatusOK).says("SUBSETTED")
	c.do("GET", "/Patient/1?_elements=nonsense", "").is(http.StatusBadRequest).says("_elements")
	c.do("GET", "/Patient/1?_sumary=true", "").is(http.StatusBadRequest).says("_sumary", "_summary")
	c.do("GET", "/Patient/1?_pretty=true", "").is(http.StatusOK).says("\n  \"resourceType\"")
	c.do("GET", "/Patient/1?_format=json&_pretty=false", "").is(http.StatusOK).hasNo("\n")
	c.do("GET", "/Patient/1?_format=ttl", "").is(http.StatusNotAcceptable).says("_format=json")
	c.do("GET", "/Patient/1", "", "Accept: application/fhir+turtle").is(http.StatusNotAcceptable)
	c.do("GET", "/Patient/1?_format=json", "", "Accept: application/fhir+xml").is(http.StatusOK) // _format goes first
	several := httptest.NewRequest("GET", "/fhir/Patient/1", nil)
	several.Header["Accept"] = []string{"application/turtle", "application/fhir+json;q=0.5"}
	c.send(several).is(http.StatusOK)
	c.do("GET", "/Patient/1", "", "Accept: application/json").is(http.StatusOK).has("Content-Type", "application/json; charset=utf-8")
}

func TestVread(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	c.put("1", "Baker").is(http.StatusOK)
	c.do("DELETE", "/Patient/1", "").is(http.StatusNoContent)
	c.do("GET", "/Patient/1/_history/1", "").is(http.StatusOK).has("ETag", `W/"1"`).says("Adams")
	c.do("GET", "/Patient/1/_history/2", "").is(http.StatusOK).has("ETag", `W/"2"`).says("Baker")
	c.do("GET", "/Patient/1/_history/3", "").is(http.StatusGone).says(`"code":"deleted"`)
	for _, none := range []string{"4", "0", "-1", "abc", "1.0", "99999999999999999999", "01x"} {
		c.do("GET", "/Patient/1/_history/"+none, "").is(http.StatusNotFound)
	}
	c.do("GET", "/Patient/1", "").is(http.StatusGone)
}

// What was sent is what is served, but for id and meta: decimals, order and unknown precision included (I3).
func TestBytesAreKept(t *testing.T) {
	c := newClient(t)
	sent := `{"valueQuantity":{"value":1.10,"unit":"mg"},"resourceType":"Observation","code":{"text":"a\u00e9é\/"},"status":"final","effectiveDateTime":"2026-03"}`
	created := c.do("POST", "/Observation", sent).is(http.StatusCreated)
	var o struct{ ID string }
	if err := json.Unmarshal([]byte(created.body), &o); err != nil || o.ID == "" {
		t.Fatalf("no id in %s: %v", created.body, err)
	}
	got := c.do("GET", "/Observation/"+o.ID, "").is(http.StatusOK)
	if got.body != created.body {
		t.Errorf("read gives other bytes than create did:\n%s\n%s", got.body, created.body)
	}
	for _, part := range strings.Split(strings.Trim(sent, "{}"), `"resourceType":"Observation",`) {
		got.says(strings.Trim(part, ","))
	}
}
