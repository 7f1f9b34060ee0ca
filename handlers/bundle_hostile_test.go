package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/handlers"
)

// Whatever comes as a Bundle is refused with an explanation, stores nothing and leaves a healthy server.
func TestHostileBundles(t *testing.T) {
	c := newClient(t, func(o *handlers.Options) { o.Limits.Body = 20 << 20 })
	good := sent(patient("any", "Adams"), "POST", "Patient")
	whole := bundleOf("transaction", good, good)
	for name, body := range map[string]string{
		"cut off in an entry":         whole[:len(whole)/2],
		"cut off behind the entries":  whole[:len(whole)-2],
		"trailing garbage":            whole + "x",
		"two bundles":                 whole + whole,
		"invalid UTF-8 in an entry":   strings.Replace(whole, "Adams", "A\xff", 1),
		"NUL in an entry":             strings.Replace(whole, "Adams", "A\x00", 1),
		"duplicate entry":             strings.Replace(whole, `"entry":`, `"entry":[],"entry":`, 1),
		"duplicate key in an entry":   strings.Replace(whole, `"request":`, `"request":{},"request":`, 1),
		"null for an entry":           bundleOf("transaction", good, "null"),
		"a number for an entry":       bundleOf("transaction", good, "1"),
		"an empty entry":              bundleOf("transaction", good, "{}"),
		"entry that is no list":       `{"resourceType":"Bundle","type":"transaction","entry":` + good + `}`,
		"null for a resource":         bundleOf("transaction", good, sent("null", "POST", "Patient")),
		"a list for a resource":       bundleOf("transaction", good, sent("[]", "POST", "Patient")),
		"no request":                  bundleOf("transaction", good, `{"resource":`+patient("a", "a")+`}`),
		"no method":                   bundleOf("transaction", good, `{"resource":`+patient("a", "a")+`,"request":{"url":"Patient"}}`),
		"no url":                      bundleOf("transaction", good, `{"resource":`+patient("a", "a")+`,"request":{"method":"POST"}}`),
		"a method that isn't one":     bundleOf("transaction", good, sent(patient("a", "a"), "TRACE", "Patient")),
		"a method in lower case":      bundleOf("transaction", good, sent(patient("a", "a"), "post", "Patient")),
		"a url full of escapes":       bundleOf("transaction", good, sent("", "DELETE", "Patient?%zz=%")),
		"a url of a megabyte":         bundleOf("transaction", good, sent("", "DELETE", "Patient?identifier="+strings.Repeat("a", 1<<20))),
		"a url that climbs":           bundleOf("transaction", good, sent("", "DELETE", "../../Patient/1")),
		"the same resource twice":     bundleOf("transaction", sent(patient("1", "a"), "PUT", "Patient/1"), sent(patient("1", "b"), "PUT", "Patient/1")),
		"the same fullUrl twice":      bundleOf("transaction", `{"fullUrl":"urn:uuid:5f1f0a1a-2b2e-4b8e-9d53-0d8a5b1b7c11",`+good[1:], `{"fullUrl":"urn:uuid:5f1f0a1a-2b2e-4b8e-9d53-0d8a5b1b7c11",`+good[1:]),
		"bundles within bundles":      strings.Repeat(`{"resourceType":"Bundle","type":"transaction","entry":[{"resource":`, 10_000),
		"faults without end":          bundleOf("transaction", strings.Repeat(`{"request":{"method":"GET","url":"#"}},`, 9_999)+good),
		"a million empty entries":     bundleOf("batch", strings.Repeat("{},", 1_000_000)+"{}"),
		"more entries than there may": bundleOf("batch", strings.Repeat(sent("", "GET", "metadata")+",", 10_000)+good),
	} {
		a := c.do("POST", "", body)
		if a.status < 400 || a.status > 499 {
			t.Errorf("%s: answered with %d %.300s", name, a.status, a.body)
		}
		if len(a.body) > 1<<20 {
			t.Errorf("%s: the answer has %d bytes", name, len(a.body))
		}
	}
	if got := c.do("GET", "/_history", "").is(http.StatusOK).bundle(); len(got.Entry) != 0 {
		t.Errorf("%d versions were stored", len(got.Entry))
	}
	c.post("transaction", good)
}
