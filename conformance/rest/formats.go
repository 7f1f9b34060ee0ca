package rest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
)

// formats proves the formats that are claimed: each by its name, and XML by walking through the interactions a second
// time in it.
func (s *suite) formats(t *testing.T) {
	const patient = `{"resourceType":"Patient","active":true}`
	for _, format := range s.claims.Format {
		isXML := strings.Contains(format, "xml")
		kind := map[bool]string{true: "xml", false: "json"}[isXML]
		escaped := strings.ReplaceAll(format, "+", "%2B")
		if got := s.raw(t, "GET", "/metadata?_format="+escaped, "", "Accept: text/html").has("Content-Type"); !strings.Contains(got, kind) {
			t.Errorf("_format=%s gave %s", format, got)
		}
		s.raw(t, "GET", "/Patient/"+nowhere+"?_format="+escaped, "").is(404).says("OperationOutcome").in(kind)
		if !strings.Contains(format, "/") {
			continue
		}
		body := patient
		if isXML {
			body = `<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>`
		}
		a := s.raw(t, "POST", "/Patient", body, "Content-Type: "+format, "Accept: "+format).is(201).says("Patient").in(kind)
		if got := a.has("Content-Type"); !strings.HasPrefix(got, format) {
			t.Errorf("Accept %s gave %s", format, got)
		}
		read := s.raw(t, "GET", a.has("Location"), "", "Accept: application/fhir+turtle, "+format+";q=0.5, */*;q=0").is(200).in(kind)
		head := s.raw(t, "HEAD", a.has("Location"), "", "Accept: "+format).is(200)
		if head.has("Content-Type") != read.has("Content-Type") || head.header.Get("Vary") == "" {
			t.Errorf("HEAD is answered with %v", head.header)
		}
	}
	if s.claimed("Binary").has("create") {
		a := s.raw(t, "POST", "/Binary", "a text", "Content-Type: text/plain").is(201)
		s.raw(t, "GET", a.has("Location"), "", "Accept: */*").is(200).says("a text")
		s.raw(t, "GET", a.has("Location"), "", "Accept: application/fhir+json").is(200).says(`"contentType":"text/plain"`)
	}
	if slices.Contains(s.claims.Format, "application/fhir+xml") {
		s.inXML(t)
	}
}

// inXML walks through the interactions in XML.
func (s *suite) inXML(t *testing.T) {
	client := *s.Client
	client.Transport = transcoder{client.Transport}
	again := *s
	again.Client, again.run = &client, s.run+"x"
	again.Examples = inOrder(s.Examples)
	t.Run("interactions", again.interactions)
	t.Run("conditional", again.conditional)
	t.Run("history", again.history)
	t.Run("shape", again.shape)
	t.Run("bundles", again.bundles)
	for _, name := range slices.Sorted(maps.Keys(s.Examples)) { // each type there and back
		decoded, err := codec.Decode(s.Examples[name], codec.Limits{})
		if err != nil || !s.claimed(decoded.Type).has("create") {
			continue
		}
		again.do(t, "POST", "/"+decoded.Type, string(s.Examples[name]), "Prefer: return=representation").is(201, 422)
	}
}

// inOrder are examples with their elements in R4's order, in which what comes by XML stands. One that XML can't have
// stays as it is.
func inOrder(examples map[string][]byte) map[string][]byte {
	out := maps.Clone(examples)
	for name, example := range examples {
		document, err := toXML(example)
		if err != nil {
			continue
		}
		if ordered, err := toJSON(document); err == nil {
			out[name] = ordered
		}
	}
	return out
}

// raw sends a request as do does, and expects no JSON in its answer.
func (s *suite) raw(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	a, err := s.send(method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	a.t = t
	return a
}

// in checks that the body is of a format.
func (a answer) in(kind string) answer {
	a.t.Helper()
	begin := map[string]string{"xml": "<?xml", "json": "{"}[kind]
	if !strings.HasPrefix(a.body, begin) {
		a.t.Errorf("%s: not %s: %.200s", a.request, kind, a.body)
	}
	return a
}

// transcoder sends as XML what is JSON, asks for XML, and gives the answers as JSON again: a client that knows XML
// only.
type transcoder struct{ next http.RoundTripper }

// RoundTrip sends one request.
func (x transcoder) RoundTrip(r *http.Request) (*http.Response, error) {
	next := x.next
	if next == nil {
		next = http.DefaultTransport
	}
	r = r.Clone(r.Context())
	if strings.Contains(r.Header.Get("Content-Type"), "fhir+json") {
		if err := recode(&r.Body, &r.ContentLength, toXML); err == nil {
			r.Header.Set("Content-Type", "application/fhir+xml")
		}
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "application/fhir+xml")
	}
	resp, err := next.RoundTrip(r)
	if err != nil || !strings.Contains(resp.Header.Get("Content-Type"), "xml") || r.Method == http.MethodHead {
		return resp, err
	}
	resp.Header.Set("Content-Type", "application/fhir+json")
	resp.Header.Del("Content-Length")
	if err := recode(&resp.Body, &resp.ContentLength, toJSON); err != nil {
		return nil, fmt.Errorf("the answer is not XML that can be read: %w", err)
	}
	return resp, nil
}

func toXML(body []byte) ([]byte, error) { return xml.AppendXML(nil, body, true) }

func toJSON(document []byte) ([]byte, error) { return xml.ToJSON(document, codec.Limits{}) }

// recode puts a body in another format in the place of one. If that can't be done the body stays as it was.
func recode(body *io.ReadCloser, length *int64, how func([]byte) ([]byte, error)) error {
	if *body == nil {
		return nil
	}
	before, err := io.ReadAll(*body)
	if err != nil {
		return err
	}
	after, err := how(before)
	if err != nil {
		after = before
	}
	*body, *length = io.NopCloser(bytes.NewReader(after)), int64(len(after))
	return err
}
