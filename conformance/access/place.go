package access

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Settings are what a server under test is made with.
type Settings struct {
	Base  string
	Grant GrantFunc
	NewID func() string
	Rules func(*spec.Registry, store.Records) []store.Rule // of what the server is made with
}

// Open makes an empty server, on a store of its own that is closed when the test ends or close is called.
type Open func(t testing.TB, s Settings) (h http.Handler, close func())

// base is the FHIR base URL of every server here.
const base = "http://w.example/fhir"

// place is a server with a world in it.
type place struct {
	http.Handler
	close func()
	asked int // how many requests were sent
}

// request is one HTTP request. headers are "Name: value".
type request struct {
	holder, method, path, body string
	headers                    []string
}

func (r request) String() string {
	text := r.holder + ": " + r.method + " " + r.path + " " + strings.Join(r.headers, " ")
	if r.body != "" {
		text += "\n    " + r.body
	}
	return text
}

func get(holder, path string) request { return request{holder: holder, method: "GET", path: path} }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// mediaTypes are those of bodies, where it isn't FHIR JSON.
func (r request) mediaType() string {
	path, _, _ := strings.Cut(r.path, "?")
	switch {
	case r.method == "PATCH":
		return "application/json-patch+json"
	case strings.HasSuffix(path, "/_search"):
		return "application/x-www-form-urlencoded"
	}
	return "application/fhir+json"
}

// do sends a request.
func (p *place) do(r request) answer {
	p.asked++
	req := httptest.NewRequest(r.method, "/", strings.NewReader(r.body))
	path, query, _ := strings.Cut(r.path, "?")
	req.URL.Path, req.URL.RawQuery, req.RequestURI = "/fhir"+path, query, ""
	req.Header.Set(holderHeader, r.holder)
	req.Header.Set("X-Request-Id", "the-same-for-all")
	if r.body != "" {
		req.Header.Set("Content-Type", r.mediaType())
	}
	for _, h := range r.headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, req)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// bundle is what the suites read of a Bundle.
type bundle struct {
	Type  string
	Total *int
	Link  []struct{ Relation, URL string }
	Entry []struct {
		FullURL  string
		Resource struct {
			ResourceType, ID string
			Meta             struct{ VersionID string }
		}
		Search   struct{ Mode string }
		Response struct{ Etag string }
	}
}

func (a answer) bundle() (b bundle) {
	_ = json.Unmarshal([]byte(a.body), &b) // what isn't a Bundle has no entries
	return b
}

// next is the path of the next page, "" if there is none.
func (b bundle) next() string {
	for _, l := range b.Link {
		if l.Relation == "next" {
			return strings.TrimPrefix(l.URL, base)
		}
	}
	return ""
}

var (
	instants        = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`)
	escapedInstants = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\d\.\d{6}Z`)
	cursors         = regexp.MustCompile(`_cursor=[A-Za-z0-9_-]+`)
	// asked is the fullUrl of what isn't stored: it follows from what is asked, and so from the times in that.
	asked  = regexp.MustCompile(`"fullUrl":"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f-]{21}"`)
	newIDs = regexp.MustCompile(`new-\d{6}`)
)

// String is the whole answer, but that times of writing are replaced, and cursors by their length.
func (a answer) String() string {
	var out bytes.Buffer
	fmt.Fprintln(&out, a.status)
	if a.header.Get("Last-Modified") != "" {
		a.header = a.header.Clone()
		a.header.Set("Last-Modified", "then")
	}
	_ = a.header.Write(&out) // a Buffer takes everything
	out.WriteString(a.body)
	text := instants.ReplaceAllString(out.String(), "then")
	text = escapedInstants.ReplaceAllString(text, "then")
	text = asked.ReplaceAllString(text, `"fullUrl":"urn:uuid:asked"`)
	return cursors.ReplaceAllStringFunc(text, func(c string) string { return fmt.Sprintf("_cursor=(%d bytes)", len(c)) })
}
