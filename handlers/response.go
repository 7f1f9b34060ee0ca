package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"frontdesk/fhir"
	"frontdesk/fhir/codec/xml"
	"frontdesk/handlers/middleware"
	"frontdesk/handlers/wire"
)

// Response is what a handler answers.
type Response struct {
	Status   int
	Version  int64     // for ETag; 0: none
	Updated  time.Time // for Last-Modified; zero: none
	Location string    // absolute; "" for none
	About    fhir.Key  // the resource that Body is; zero: none of those stored
	Header   map[string]string
	Body     []byte  // FHIR JSON; nil for none
	Media    string  // the media type of a Body that is none of FHIR's, and goes out as it is
	pooled   bool    // Body goes back to the pool once it's written
	native   *native // what is sent instead of Body
}

// stored is a Response about one version of a resource, without its body.
func stored(status int, v *fhir.Stored) *Response {
	return &Response{Status: status, Version: v.Key.Version, Updated: v.Updated, About: v.Key}
}

// buffers hold bundles while they are put together. The big ones are left to the garbage collector.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 64<<10); return &b }}

const biggestPooled = 1 << 20

func buffer() []byte { return (*buffers.Get().(*[]byte))[:0] }

// release gives a pooled body back. The Response can't be used after it.
func (r *Response) release() {
	if r.pooled && cap(r.Body) <= biggestPooled {
		b := r.Body
		buffers.Put(&b)
	}
	r.Body = nil
}

// Header values as Go keeps them, so that setting one costs nothing.
var (
	fhirType = []string{wire.Format{}.ContentType()}
	byAccept = []string{"Accept"}
)

// send writes a Response to HTTP, in one write, in the format that was asked for.
func (s *Server) send(c *gin.Context, f wire.Format, r *Response) {
	if r.native != nil {
		sendNative(c, r)
		return
	}
	h := c.Writer.Header()
	for name, value := range r.Header {
		h.Set(name, value)
	}
	if r.Version > 0 {
		h["Etag"] = []string{wire.ETag(r.Version)}
	}
	if !r.Updated.IsZero() {
		h["Last-Modified"] = []string{r.Updated.UTC().Format(http.TimeFormat)}
	}
	if r.Location != "" {
		h["Location"] = []string{r.Location}
	}
	h["Vary"] = append(h["Vary"], byAccept...)
	if r.Body == nil {
		c.Writer.WriteHeader(r.Status)
		c.Writer.WriteHeaderNow()
		return
	}
	if f.HTML() && r.Media == "" {
		s.show(c, r)
		return
	}
	if r.Media != "" {
		f = wire.Format{Type: r.Media}
	}
	body, err := encoded(f, r.Body)
	if err != nil {
		notes := middleware.NotesOf(c)
		notes.Err, f = err, wire.Format{}
		r.release()
		*r = *failure(err, notes.Reference)
		body = r.Body
	}
	h["Content-Type"] = fhirType
	if f.Type != "" {
		h["Content-Type"] = []string{f.ContentType()}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.Writer.WriteHeader(r.Status)
	// The client may be gone; there's nobody left to tell.
	_, _ = c.Writer.Write(body)
	r.release()
}

// encoded is a body of FHIR JSON in a format.
func encoded(f wire.Format, body []byte) ([]byte, error) {
	switch {
	case f.XML():
		return xml.AppendXML(make([]byte, 0, len(body)+len(body)/4), body, f.Pretty)
	case f.Pretty:
		return pretty(body), nil
	}
	return body, nil
}

// pretty indents JSON. Numbers and strings keep their bytes.
func pretty(body []byte) []byte {
	var out bytes.Buffer
	if json.Indent(&out, body, "", "  ") != nil {
		return body
	}
	out.WriteByte('\n')
	return out.Bytes()
}
