package handlers

import (
	"regexp"
	"testing"
	"time"

	"frontdesk/fhir"
)

// ownURN is what names a resource that isn't stored.
var ownURN = regexp.MustCompile(`urn:uuid:[0-9a-f-]{36}`)

func TestBundleWriter(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 1000, time.UTC)
	p := fhir.Key{Type: "Patient", ID: "1"}
	for _, tt := range []struct {
		name string
		got  func() *bundleWriter
		want string
	}{
		{"empty", func() *bundleWriter {
			return newBundle("http://b", "searchset", 0, link{"self", `http://b/Patient?name="x"`})
		},
			`{"resourceType":"Bundle","type":"searchset","total":0,"link":[{"relation":"self","url":"http://b/Patient?name=\"x\""}]}`},
		{"search", func() *bundleWriter {
			w := newBundle("http://b", "searchset", -1, link{"self", "http://b/Patient"}, link{"next", "http://b/Patient?_cursor=x"})
			w.match(p, []byte(`{"resourceType":"Patient","id":"1"}`), "match")
			w.outcome([]byte(`{"resourceType":"OperationOutcome"}`))
			return w
		}, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"http://b/Patient"},{"relation":"next","url":"http://b/Patient?_cursor=x"}],` +
			`"entry":[{"fullUrl":"http://b/Patient/1","resource":{"resourceType":"Patient","id":"1"},"search":{"mode":"match"}},` +
			`{"fullUrl":"urn:uuid:…","resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}]}`},
		{"history", func() *bundleWriter {
			w := newBundle("http://b", "history", -1)
			for v, m := range []fhir.Method{fhir.Post, fhir.Put, fhir.Delete} {
				s := &fhir.Stored{Key: fhir.Key{Type: "Patient", ID: "1", Version: int64(v + 1)}, Method: m, Updated: at}
				if m != fhir.Delete {
					s.JSON = []byte(`{}`)
				}
				w.version(s)
			}
			return w
		}, `{"resourceType":"Bundle","type":"history","entry":[` +
			`{"fullUrl":"http://b/Patient/1","resource":{},"request":{"method":"POST","url":"Patient"},"response":{"status":"201","etag":"W/\"1\"","lastModified":"2026-03-01T09:30:00.000001Z"}},` +
			`{"fullUrl":"http://b/Patient/1","resource":{},"request":{"method":"PUT","url":"Patient/1"},"response":{"status":"200","etag":"W/\"2\"","lastModified":"2026-03-01T09:30:00.000001Z"}},` +
			`{"fullUrl":"http://b/Patient/1","request":{"method":"DELETE","url":"Patient/1"},"response":{"status":"204","etag":"W/\"3\"","lastModified":"2026-03-01T09:30:00.000001Z"}}]}`},
	} {
		if got := ownURN.ReplaceAllString(string(tt.got().done().Body), "urn:uuid:…"); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
