package handlers

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"frontdesk/fhir"
	"frontdesk/handlers/wire"
)

// A Binary comes and goes in its own type too (R4 binary 2.34.4): the content alone is the body, its type is
// Content-Type, and what would be its securityContext is in X-Security-Context. Where a body is read and where an
// answer is sent it's put into the resource and taken out of it: nothing in between knows, so what may be stored, who
// may see it and what is audited is the same.

const (
	binaryType      = "Binary"
	securityContext = "X-Security-Context"
)

// native is a content in its own type.
type native struct {
	ContentType string `json:"contentType"`
	Data        string `json:"data"`
	Context     struct {
		Reference string `json:"reference"`
	} `json:"securityContext"`
	content []byte // what data holds
}

// nativeBody says that a request brings a Binary in its own type: whatever isn't a type of resources.
func nativeBody(r *Request, header http.Header) bool {
	if r.Type == nil || r.Type.Name != binaryType || r.Route.Interaction != "create" && r.Route.Interaction != "update" {
		return false
	}
	name, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && !slices.Contains(wire.Resources, name)
}

// readNative makes a Binary of a body in its own type.
func (s *Server) readNative(c *gin.Context, r *Request) ([]byte, error) {
	name, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err != nil {
		return nil, fhir.Errorf(fhir.UnsupportedMedia, "", "The Content-Type is not a media type.")
	}
	content, err := wire.ReadBody(c.Writer, c.Request, min(s.limits.Binary, s.limits.Body), s.limits.Upload)
	if err != nil {
		return nil, err
	}
	whole := map[string]any{"resourceType": binaryType, "contentType": mime.FormatMediaType(name, params)}
	if r.ID != "" {
		whole["id"] = r.ID
	}
	if len(content) > 0 {
		whole["data"] = base64.StdEncoding.EncodeToString(content)
	}
	if context := c.Request.Header.Get(securityContext); context != "" {
		whole["securityContext"] = map[string]string{"reference": context}
	}
	return json.Marshal(whole)
}

// native says that a request is for a Binary whose content may be answered alone: no other format was named, and no
// part of it asked for.
func (r *Route) native(typ string, q wire.Query) bool {
	return typ == binaryType && (r.Interaction == "read" || r.Interaction == "vread") && !q.Formatted() && q.Rest == ""
}

// inOwnType has a Binary answered by its content alone, if the client wants it so. unserved is the error of a client
// that would take no format of resources; it's told if there is nothing else for it.
func (r *Response) inOwnType(accept string, unserved error) error {
	if accept == "" || r.Body == nil || r.Status != http.StatusOK {
		return nil
	}
	var n native
	if err := json.Unmarshal(r.Body, &n); err != nil {
		return fhir.Fault("the content of a Binary", err)
	}
	switch wire.Prefers(accept, n.ContentType) {
	case wire.Resource:
		return nil
	case wire.Content:
		var err error
		r.native = &n
		n.content, err = base64.StdEncoding.DecodeString(unspaced.Replace(n.Data))
		if err != nil {
			return fhir.Fault("the content of a Binary", err)
		}
		return nil
	}
	if unserved == nil {
		return nil
	}
	return fhir.Errorf(fhir.NotAcceptable, "", "This Binary is of the type %s. Accept that, or */*, or %s for the resource.",
		strconv.Quote(fhir.Clip(n.ContentType)), wire.FHIRJSON)
}

// unspaced takes out the white space that base64Binary allows, and base64 doesn't.
var unspaced = strings.NewReplacer(" ", "", "\t", "")

// sendNative answers with a content in its own type, or the ranges of it that are asked for (RFC 9110 14). A browser
// may save it, and run nothing in it.
func sendNative(c *gin.Context, r *Response) {
	n, h := r.native, c.Writer.Header()
	h.Set("Content-Type", "application/octet-stream")
	if name, params, err := mime.ParseMediaType(n.ContentType); err == nil && mime.FormatMediaType(name, params) != "" {
		h.Set("Content-Type", mime.FormatMediaType(name, params))
	}
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h["Vary"] = append(h["Vary"], byAccept...)
	// Strong, as ranges need it: the bytes of a version never change.
	h["Etag"] = []string{strings.TrimPrefix(wire.ETag(r.Version), "W/")}
	if context := n.Context.Reference; context != "" && !strings.ContainsFunc(context, unprintable) {
		h.Set(securityContext, context)
	}
	// What is conditional has been decided, by the same rules as with all resources.
	for _, decided := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		c.Request.Header.Del(decided)
	}
	http.ServeContent(c.Writer, c.Request, "", r.Updated, bytes.NewReader(n.content))
	r.release()
}

// unprintable says that a character can't be in a header.
func unprintable(r rune) bool { return r <= ' ' || r > '~' }
