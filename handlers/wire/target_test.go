package wire_test

import (
	"testing"

	"frontdesk/fhir"
	"frontdesk/handlers/wire"
)

func TestTarget(t *testing.T) {
	const base = "https://gp.example/fhir"
	for _, c := range []struct{ url, path, query string }{
		{"Patient/1", "/Patient/1", ""},
		{"/Patient/1", "/Patient/1", ""},
		{base + "/Patient?a=b?c", "/Patient", "a=b?c"},
		{base, "", ""},
		{base + "/", "", ""},
		{"Patient?url=http://x.example/y", "/Patient", "url=http://x.example/y"},
	} {
		path, query, err := wire.Target(c.url, base)
		if err != nil || path != c.path || query != c.query {
			t.Errorf("Target(%q) = %q, %q, %v; want %q, %q", c.url, path, query, err, c.path, c.query)
		}
	}
	for _, url := range []string{"https://other.example/fhir/Patient/1", base + "x/Patient/1", "Patient/1#x", "Patient?name=a b"} {
		if _, _, err := wire.Target(url, base); fhir.KindOf(err) != fhir.Invalid {
			t.Errorf("Target(%q) is %v, want it refused", url, err)
		}
	}
}
