package wire

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
)

func TestReadBody(t *testing.T) {
	const limit = 1000
	small, big := strings.Repeat("a", limit), strings.Repeat("a", limit+1)
	for _, tt := range []struct {
		name, encoding string
		body           []byte
		want           string
		kind           fhir.Kind
	}{
		{"plain", "", []byte(small), small, fhir.Internal},
		{"too large", "", []byte(big), "", fhir.TooLarge},
		{"gzip", "gzip", packed(small), small, fhir.Internal},
		{"a gzip bomb", "gzip", packed(strings.Repeat("a", 1<<20)), "", fhir.TooLarge},
		{"gzip, one byte too large", "gzip", packed(big), "", fhir.TooLarge},
		{"gzip, cut off", "gzip", packed(small)[:15], "", fhir.Invalid},
		{"not gzip", "gzip", []byte("{}"), "", fhir.Invalid},
		{"another encoding", "br", []byte("{}"), "", fhir.UnsupportedMedia},
	} {
		for _, chunked := range []bool{false, true} {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(tt.body))
			r.Header.Set("Content-Encoding", tt.encoding)
			if chunked {
				r.ContentLength = -1
			}
			got, err := ReadBody(httptest.NewRecorder(), r, limit, time.Minute)
			if string(got) != tt.want || (err != nil) != (tt.kind != fhir.Internal) || err != nil && fhir.KindOf(err) != tt.kind {
				t.Errorf("%s (chunked %v): %d bytes, %v; want %d bytes, kind %d", tt.name, chunked, len(got), err, len(tt.want), tt.kind)
			}
		}
	}
}

func packed(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s)) // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
