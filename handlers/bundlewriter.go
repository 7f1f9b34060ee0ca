package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"frontdesk/fhir"
)

// bundleWriter puts a Bundle together from stored bytes, without decoding them (I3), in a pooled buffer.
type bundleWriter struct {
	out     []byte
	base    string
	entries int
	head    []byte            // what stands before the entries
	had     map[fhir.Key]bool // of what is answered to a Bundle: the versions that are in it
}

// link is one of Bundle.link.
type link struct{ relation, url string }

// newBundle begins a Bundle. total is left out if it's negative.
func newBundle(base, typ string, total int64, links ...link) *bundleWriter {
	w := &bundleWriter{out: buffer(), base: base}
	w.raw(`{"resourceType":"Bundle","type":"`, typ, `"`)
	if total >= 0 {
		w.raw(`,"total":`)
		w.out = strconv.AppendInt(w.out, total, 10)
	}
	for i, l := range links {
		w.raw([...]string{`,"link":[`, `,`}[min(i, 1)], `{"relation":"`, l.relation, `","url":`)
		w.quote(l.url)
		w.raw(`}`)
	}
	if len(links) > 0 {
		w.raw(`]`)
	}
	w.head = slices.Clone(w.out)
	return w
}

// match adds a resource that a search found or brought along.
func (w *bundleWriter) match(key fhir.Key, json []byte, mode string) {
	w.begin()
	w.fullURL(key)
	w.raw(`,"resource":`)
	w.out = append(w.out, json...)
	w.raw(`,"search":{"mode":"`, mode, `"}}`)
}

// outcome adds warnings about the search itself (R4 search 3.1.1.3).
func (w *bundleWriter) outcome(json []byte) {
	w.begin()
	w.fullURL(fhir.Key{})
	w.raw(`,"resource":`)
	w.out = append(w.out, json...)
	w.raw(`,"search":{"mode":"outcome"}}`)
}

// version adds one version to a history: with the request that made it and the response that request got (R4 http
// 3.1.0.12).
func (w *bundleWriter) version(v *fhir.Stored) {
	w.begin()
	w.fullURL(v.Key)
	if v.JSON != nil {
		w.raw(`,"resource":`)
		w.out = append(w.out, v.JSON...)
	}
	status := "200"
	w.raw(`,"request":{"method":"`, v.Method.String(), `","url":"`, v.Key.Type)
	switch {
	case v.Method == fhir.Post, v.Method == fhir.Again:
		status = "201"
	case v.Deleted():
		status = "204"
	case v.Key.Version == 1:
		status = "201"
	}
	if v.Method != fhir.Post {
		w.raw(`/`, v.Key.ID)
	}
	w.raw(`"},"response":{"status":"`, status, `","etag":"W/\"`)
	w.out = strconv.AppendInt(w.out, v.Key.Version, 10)
	w.raw(`\"","lastModified":"`)
	w.out = v.Updated.UTC().AppendFormat(w.out, fhir.InstantLayout)
	w.raw(`"}}`)
}

// done ends the Bundle and makes it a Response.
func (w *bundleWriter) done() *Response {
	if w.entries > 0 {
		w.raw(`]`)
	}
	w.raw(`}`)
	return &Response{Status: http.StatusOK, Body: w.out, pooled: true}
}

func (w *bundleWriter) begin() {
	w.raw([...]string{`,"entry":[{`, `,{`}[min(w.entries, 1)])
	w.entries++
}

// fullURL is that of a stored resource, or a urn of its own for what isn't stored (R4 bundle, Bundle.entry.fullUrl). It
// needs no escaping: neither a type nor an id can hold what JSON would escape, and the base is checked at start.
func (w *bundleWriter) fullURL(k fhir.Key) {
	if k.ID == "" {
		w.raw(`"fullUrl":"urn:uuid:`, w.unstored().String(), `"`)
		return
	}
	w.raw(`"fullUrl":"`, w.base, `/`, k.Type, `/`, k.ID, `"`)
}

// unstored is a UUID that no other entry of the Bundle has. It follows from what is asked and where the entry stands,
// so that two who may see the same are answered the same (I2).
func (w *bundleWriter) unstored() uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, strconv.AppendInt(w.head, int64(w.entries), 10))
}

func (w *bundleWriter) raw(parts ...string) {
	for _, p := range parts {
		w.out = append(w.out, p...)
	}
}

// quote writes a JSON string. What isn't UTF-8 becomes the replacement character, which is the only error there is.
func (w *bundleWriter) quote(s string) {
	w.out, _ = jsontext.AppendQuote(w.out, s)
}
