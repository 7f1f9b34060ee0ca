package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"frontdesk/handlers"
)

// TestABinaryComesAndGoesInItsOwnType (R4 binary 2.34.4).
func TestABinaryComesAndGoesInItsOwnType(t *testing.T) {
	c := newClient(t)
	const pdf = "%PDF-1.4\x00\xff"
	a := c.do("POST", "/Binary", pdf, "Content-Type: application/pdf", "X-Security-Context: Patient/1").is(http.StatusCreated).
		says(`"contentType":"application/pdf"`, `"data":"JVBERi0xLjQA/w=="`, `"securityContext":{"reference":"Patient/1"}`)
	path := strings.TrimPrefix(a.header.Get("Location"), base)
	path, _, _ = strings.Cut(path, "/_history")
	for _, accept := range []string{"*/*", "application/pdf", "text/html, application/pdf;q=0.9, */*;q=0.1", "application/*", "application/fhir+json;q=0.2, application/pdf"} {
		a = c.do("GET", path, "", "Accept: "+accept).is(http.StatusOK).has("Content-Type", "application/pdf").has("ETag", `"1"`).
			has("Content-Disposition", "attachment").has("X-Security-Context", "Patient/1").
			has("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox").has("Accept-Ranges", "bytes")
		if a.body != pdf || a.header.Get("Last-Modified") == "" {
			t.Errorf("Accept %s: %q, %v", accept, a.body, a.header)
		}
	}
	for _, accept := range []string{"application/fhir+json", "application/json", "application/fhir+json, */*", "application/fhir+json, application/pdf"} {
		c.do("GET", path, "", "Accept: "+accept).is(http.StatusOK).says(`"resourceType":"Binary"`).has("ETag", `W/"1"`)
	}
	c.do("GET", path, "").is(http.StatusOK).says(`"resourceType":"Binary"`) // who asks for nothing gets FHIR
	c.do("GET", path+"?_format=json", "", "Accept: */*").is(http.StatusOK).says(`"resourceType":"Binary"`)
	c.do("GET", path+"?_format=xml", "", "Accept: */*").is(http.StatusOK).says(`<Binary xmlns="http://hl7.org/fhir">`)
	c.do("GET", path, "", "Accept: application/fhir+xml").is(http.StatusOK).says(`<Binary xmlns="http://hl7.org/fhir">`)
	c.do("GET", path+"?_summary=true", "", "Accept: */*").is(http.StatusOK).says("SUBSETTED")
	c.do("GET", path, "", "Accept: image/png").is(http.StatusNotAcceptable).says("application/pdf")
	c.do("GET", "/Binary/none", "", "Accept: image/png").is(http.StatusNotFound)
	c.do("GET", path, "", "Accept: */*", "Range: bytes=1-3").is(http.StatusPartialContent).says("PDF").has("Content-Range", "bytes 1-3/10")
	c.do("GET", path, "", "Accept: */*", "Range: bytes=1-3", `If-Range: "2"`).is(http.StatusOK)
	c.do("GET", path, "", "Accept: */*", `If-None-Match: "1"`).is(http.StatusNotModified)
	if head := c.do("HEAD", path, "", "Accept: */*").is(http.StatusOK).has("Content-Length", "10"); head.body != "" {
		t.Errorf("HEAD has a body: %q", head.body)
	}
	c.do("PUT", path, "hello", "Content-Type: text/plain; charset=utf-8").is(http.StatusOK)
	c.do("GET", path, "", "Accept: text/*").is(http.StatusOK).says("hello").has("Content-Type", "text/plain; charset=utf-8").has("ETag", `"2"`).has("X-Security-Context", "")
	c.do("GET", path+"/_history/1", "", "Accept: */*").is(http.StatusOK).says("PDF")
	c.do("PUT", "/Binary/new", "<html><script>alert(1)</script>", "Content-Type: text/html").is(http.StatusCreated)
	c.do("GET", "/Binary/new", "", "Accept: */*").is(http.StatusOK).has("Content-Disposition", "attachment").has("Content-Type", "text/html")
	c.do("POST", "/Patient", "hello", "Content-Type: text/plain").is(http.StatusUnsupportedMediaType)
	c.do("POST", "/Binary", "hello", "Content-Type: nonsense;;").is(http.StatusUnsupportedMediaType)
	c.do("PUT", "/Binary/odd", `{"resourceType":"Binary","id":"odd","contentType":"not a type","data":"aGVsbG8="}`).is(http.StatusCreated)
	c.do("GET", "/Binary/odd", "", "Accept: */*").is(http.StatusOK).says("hello").has("Content-Type", "application/octet-stream")
}

// TestB20_ABinaryIsNotPatched: there is nothing in it that a patch could name; it's replaced whole.
func TestB20_ABinaryIsNotPatched(t *testing.T) {
	c := newClient(t)
	c.do("PUT", "/Binary/1", "hello", "Content-Type: text/plain").is(http.StatusCreated)
	c.do("PATCH", "/Binary/1", "[]", "Content-Type: application/json-patch+json").is(http.StatusMethodNotAllowed).
		has("Allow", "DELETE, GET, HEAD, OPTIONS, PUT")
	var statement struct {
		Rest []struct {
			Resource []struct {
				Type        string
				Interaction []struct{ Code string }
			}
		}
	}
	if err := json.Unmarshal([]byte(c.do("GET", "/metadata", "").is(http.StatusOK).body), &statement); err != nil {
		t.Fatal(err)
	}
	for _, r := range statement.Rest[0].Resource {
		for _, i := range r.Interaction {
			if r.Type == "Binary" && i.Code == "patch" {
				t.Error("patch is claimed of Binary")
			}
		}
	}
}

func TestABinaryInItsOwnTypeHasItsLimit(t *testing.T) {
	c := newClient(t, func(o *handlers.Options) { o.Limits.Binary = 4 })
	c.do("POST", "/Binary", "1234", "Content-Type: text/plain").is(http.StatusCreated)
	c.do("POST", "/Binary", "12345", "Content-Type: text/plain").is(http.StatusRequestEntityTooLarge)
}
