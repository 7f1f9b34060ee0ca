package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/middleware"
	"frontdesk/handlers/operation"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// Request is one interaction as a handler sees it, whether it came by HTTP or as an entry of a bundle.
type Request struct {
	Route   *Route
	Type    *spec.Type        // nil at system level
	ID      string            // "" but at instance level
	Version int64             // of a vread; else 0
	Query   string            // raw, without the "?" and without _format and _pretty
	Look    string            // _format and _pretty as they were sent, for links to other pages
	Params  map[string]string // what Query has, of a route with Params; nil for other routes and for none
	Within  string            // of a search in a compartment: the type searched, or *
	Job     string            // of an export: its id
	File    string            // of an export's file: its name
	// Arguments are what an operation is called with.
	Arguments operation.Arguments
	Header    Header
	Prefer    wire.Preferences
	Session   *store.Session
	By        access.Identity // whose Session it is
	Address   string          // where the request comes from

	Body     []byte         // as it was sent; nil if Resource is given
	media    string         // the media type of Body
	Resource *fhir.Resource // of a Bundle's entry: already decoded
	Entry    *Entry         // where in a Bundle it stands; nil for a request of its own

	Reference string // the support reference

	grant    access.Grant
	observer store.Observer // of what is done by the Session
	reported bool           // it was told of something
	paged    bool           // the answer is shown to a person
	notes    *middleware.Notes
}

// Header are the headers that change what is done, as they were sent. A bundle's entry has the same
// (Bundle.entry.request).
type Header struct {
	IfMatch, IfNoneMatch, IfModifiedSince, IfNoneExist string
	Provenance                                         string // X-Provenance; a Bundle's entry has none
}

// unmeant refuses a condition that has no meaning with the interaction (R4 bundle, Bundle.entry.request; http 3.1.0.5,
// 3.1.0.8.1): it would be passed over in silence. HTTP itself has If-Modified-Since ignored where nothing is read (RFC
// 9110 13.1.3), so that is refused in entries only.
func (h Header) unmeant(r *Request) error {
	reads, writes, what := r.Route.Method == http.MethodGet, r.Route.Change != nil, r.Route.Interaction
	for _, c := range []struct {
		name, value string
		with        bool
		methods     string
	}{
		{"If-Match", h.IfMatch, writes && what != "create", "PUT, PATCH and DELETE"},
		{"If-None-Match", h.IfNoneMatch, reads || what == "update", "GET and PUT"},
		{"If-Modified-Since", h.IfModifiedSince, reads || r.Entry == nil, "GET"},
		{"If-None-Exist", h.IfNoneExist, what == "create", "POST"},
		{"X-Provenance", h.Provenance, writes, "POST, PUT, PATCH and DELETE of one resource"},
	} {
		if c.value != "" && !c.with {
			return fhir.Errorf(fhir.Invalid, "", "%s has a meaning with %s only. Leave it out here.", c.name, c.methods).InPart(c.name)
		}
	}
	return nil
}

// Entry is what a request that came as an entry of a Bundle has besides (R4 http 3.1.0.11).
type Entry struct {
	At      string // where it stands, as "Bundle.entry[3]"
	FullURL string // what other entries call it
	Linked  bool   // it is one of a transaction: other entries may refer to it
	// Faults are what is wrong with the resource, which couldn't be read then. They come up where a resource is read
	// that came by itself.
	Faults *fhir.Error
}

// Key is the resource, or the version of it, that the request's path names.
func (r *Request) Key() fhir.Key {
	k := fhir.Key{ID: r.ID, Version: r.Version}
	if r.Type != nil {
		k.Type = r.Type.Name
	}
	return k
}

// place takes what a path names into the request, whose route it fits. named is "" for what it doesn't name.
func (s *Server) place(r *Request, named func(string) string) error {
	r.Type, _ = s.store.Registry().Type(named("type"))
	r.ID, r.Within = named("id"), named("within")
	if vid := named("vid"); vid != "" {
		if r.Version = wire.Version(vid); r.Version == 0 {
			return fhir.Errorf(fhir.NotFound, "",
				"There is no such version. /%s/%s/_history lists those there are.", r.Type.Name, r.ID)
		}
	}
	return nil
}

// request reads an HTTP request for a route. The body comes last: it costs most, and is not read for who may not send
// it.
func (s *Server) request(c *gin.Context, route *Route, q wire.Query, paged bool) (*Request, error) {
	h := c.Request.Header
	r := &Request{paged: paged, Route: route, Query: q.Rest, Look: q.Kept, Header: Header{
		IfMatch:         tags(h, "If-Match"),
		IfNoneMatch:     tags(h, "If-None-Match"),
		IfModifiedSince: h.Get("If-Modified-Since"),
		IfNoneExist:     once(h),
		Provenance:      h.Get("X-Provenance"),
	}}
	r.Job, r.File = c.Param("job"), c.Param("file")
	notes := middleware.NotesOf(c)
	r.Reference, r.notes = notes.Reference, notes
	if route.Level != System {
		if err := s.place(r, c.Param); err != nil {
			return nil, err
		}
		notes.Type = r.Type.Name
	}
	if !route.Open {
		r.Address = s.client(c.Request)
		grant, err := s.granted(c.Request, paged)
		if err != nil {
			return nil, s.unreported(c.Request.Context(), r, err)
		}
		notes.Caller, notes.App = grant.Who(), grant.Identity().Client
		r.grant, r.By = grant, grant.Identity()
		s.serveAs(r)
		if err := s.admit(c.Request.Context(), r); err != nil {
			return nil, err
		}
	}
	var err error
	if r.Prefer, err = wire.Prefer(line(h, "Prefer")); err != nil || route.Consumes == nil {
		return r, err
	}
	// A search may come without a form, and an operation without Parameters: all in the URL.
	if (route.form() || route.Operation != nil) && c.Request.ContentLength == 0 {
		return r, nil
	}
	if nativeBody(r, h) {
		r.Body, err = s.readNative(c, r)
		return r, err
	}
	mediaType, err := wire.ContentType(h.Get("Content-Type"), route.Consumes...)
	if err != nil {
		if route.Method == http.MethodPatch {
			c.Writer.Header()["Accept-Patch"] = []string{strings.Join(route.Consumes, ", ")} // RFC 5789 2.2
		}
		return nil, err
	}
	if r.Body, err = wire.ReadBody(c.Writer, c.Request, s.limits.Body, s.limits.Upload); err == nil &&
		wire.IsXML(mediaType) && mediaType != wire.XMLPatch {
		r.Body, err = xml.ToJSON(r.Body, s.limits.codec()) // from here on there is JSON only
	}
	r.media = mediaType
	return r, err
}

// line is a header as one line: sent in several it means the same (RFC 9110 5.3). The name is in Go's canonical form.
func line(h http.Header, name string) string { return strings.Join(h[name], ", ") }

// tags is a header of entity tags. Sent blank it is ",", a list of none, which is refused: who sends it has lost the
// tag on the way, and means a condition.
func tags(h http.Header, name string) string {
	if all := strings.TrimSpace(line(h, name)); all != "" || h[name] == nil {
		return all
	}
	return ","
}

// once is If-None-Exist, as criteria. Sent blank it is "?", criteria that ask for nothing, which are refused: who sends
// it means a conditional create, and must not get a second resource.
func once(h http.Header) string {
	lines, sent := h["If-None-Exist"]
	if all := strings.Join(lines, "&"); all != "" || !sent {
		return all
	}
	return "?"
}

// resource is the resource that a request carries. Whether it fits the URL is the Session's to judge, for it's so in
// every way of writing.
func (s *Server) resource(r *Request) (*fhir.Resource, error) {
	switch {
	case r.Resource != nil:
		return r.Resource, nil
	case r.Entry != nil && r.Entry.Faults != nil:
		return nil, r.Entry.Faults
	case len(r.Body) == 0:
		return nil, fhir.Errorf(fhir.Invalid, r.Type.Name, "There is no resource to write. Send a %s.", r.Type.Name)
	}
	limits := s.limits.codec()
	limits.Lacking = r.Route.updates() && r.Session.Redacts()
	return codec.Decode(r.Body, limits)
}

// options are what search needs to know of the server.
func (s *Server) options(r *Request) search.Options {
	page := s.limits.Page
	if r.paged { // what fits on a page for people
		page = min(page, shownOnPage)
	}
	o := search.Options{
		Base: s.base, Lenient: r.Prefer.Lenient, Now: s.now(), Zone: s.zone, Ready: s.store.Ready,
		PageSize: page, PageMax: s.limits.PageMax, MaxClauses: s.limits.Clauses,
	}
	if r.Session != nil && r.Session.Explains() { // how many resources an index being built has to go counts what others can't see
		o.Progress = s.store.Progress
	}
	return o
}
