package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// Level is what an interaction is about.
type Level uint8

// The levels of R4 http 3.1.0.1. Zero is not a Level.
const (
	Instance Level = iota + 1 // one resource
	OfType                    // all resources of a type
	System                    // the whole server
)

// Handler answers one request, whichever way it came. Errors are *fhir.Error.
type Handler func(s *Server, ctx context.Context, r *Request) (*Response, error)

// Changer says what a request wants written. A single write and an entry of a transaction have it in common.
type Changer func(s *Server, r *Request) (store.Change, error)

// Route is one row of the API.
type Route struct {
	Method      string // HTTP's; HEAD goes wherever GET goes
	Pattern     string // below the base, in Gin's syntax
	Interaction string // R4's code of it (type-restful-interaction, system-restful-interaction); of a Bundle two
	Level       Level
	Conditional bool     // the resource is named by criteria instead of an id (R4 http 3.1.0.8)
	Open        bool     // needs no grant
	Consumes    []string // media types of the body; nil: no body is read
	Params      []string // parameters allowed besides _format and _pretty; nil: none
	Criteria    bool     // the query is search parameters instead
	Handle      Handler
	Change      Changer // of a write: what Handle wants written
}

// form says that the body holds search parameters.
func (r *Route) form() bool { return r.Criteria && r.Method == http.MethodPost }

var (
	resourceBody = []string{wire.FHIRJSON, wire.PlainJSON}
	patchBody    = []string{wire.JSONPatch}
	formBody     = []string{wire.Form}
	shape        = []string{"_summary", "_elements"}
	historyOf    = []string{"_since", "_at", "_count", "_cursor"}
	statementOf  = []string{"mode"}
)

// Routes is the whole API (R4 http 3.1.0).
func Routes() []Route {
	return []Route{
		{Method: "GET", Pattern: "/metadata", Interaction: "capabilities", Level: System, Open: true, Params: statementOf, Handle: (*Server).capabilities},
		{Method: "POST", Pattern: "", Interaction: "transaction batch", Level: System, Consumes: resourceBody, Handle: (*Server).bundle},
		{Method: "GET", Pattern: "", Interaction: "search-system", Level: System, Criteria: true, Handle: (*Server).search},
		{Method: "POST", Pattern: "/_search", Interaction: "search-system", Level: System, Criteria: true, Consumes: formBody, Handle: (*Server).search},
		{Method: "GET", Pattern: "/_history", Interaction: "history-system", Level: System, Params: historyOf, Handle: (*Server).history},

		{Method: "GET", Pattern: "/:type", Interaction: "search-type", Level: OfType, Criteria: true, Handle: (*Server).search},
		{Method: "POST", Pattern: "/:type/_search", Interaction: "search-type", Level: OfType, Criteria: true, Consumes: formBody, Handle: (*Server).search},
		{Method: "GET", Pattern: "/:type/_history", Interaction: "history-type", Level: OfType, Params: historyOf, Handle: (*Server).history},
		{Method: "POST", Pattern: "/:type", Interaction: "create", Level: OfType, Consumes: resourceBody, Handle: (*Server).write, Change: (*Server).create},
		{Method: "PUT", Pattern: "/:type", Interaction: "update", Level: OfType, Conditional: true, Criteria: true, Consumes: resourceBody, Handle: (*Server).write, Change: (*Server).update},
		{Method: "PATCH", Pattern: "/:type", Interaction: "patch", Level: OfType, Conditional: true, Criteria: true, Consumes: patchBody, Handle: (*Server).write, Change: (*Server).patch},
		{Method: "DELETE", Pattern: "/:type", Interaction: "delete", Level: OfType, Conditional: true, Criteria: true, Handle: (*Server).write, Change: (*Server).delete},

		{Method: "GET", Pattern: "/:type/:id", Interaction: "read", Level: Instance, Params: shape, Handle: (*Server).read},
		{Method: "GET", Pattern: "/:type/:id/_history", Interaction: "history-instance", Level: Instance, Params: historyOf, Handle: (*Server).history},
		{Method: "GET", Pattern: "/:type/:id/_history/:vid", Interaction: "vread", Level: Instance, Params: shape, Handle: (*Server).vread},
		{Method: "PUT", Pattern: "/:type/:id", Interaction: "update", Level: Instance, Consumes: resourceBody, Handle: (*Server).write, Change: (*Server).update},
		{Method: "PATCH", Pattern: "/:type/:id", Interaction: "patch", Level: Instance, Consumes: patchBody, Handle: (*Server).write, Change: (*Server).patch},
		{Method: "DELETE", Pattern: "/:type/:id", Interaction: "delete", Level: Instance, Handle: (*Server).write, Change: (*Server).delete},
	}
}

// router finds routes by path where Gin doesn't: for entries of a bundle, and to say what is wrong with a path.
type router struct {
	routes   []Route
	registry *spec.Registry
}

// params are what a path names: "type", "id" and "vid".
type params map[string]string

// find is the route of a method and a path below the base, as "/Patient/1", with what the path names.
func (t router) find(method, path string) (*Route, params, error) {
	for i := range t.routes {
		if r := &t.routes[i]; r.Method == verb(method) {
			if p, ok := t.match(r.Pattern, path); ok {
				return r, p, nil
			}
		}
	}
	_, err := t.explain(method, path)
	return nil, nil, err
}

// verb is the method a route is registered under: HEAD is GET without the body.
func verb(method string) string {
	if method == http.MethodHead {
		return http.MethodGet
	}
	return method
}

// match tells whether a path fits a pattern: its type is one of R4's, its id can be one.
func (t router) match(pattern, path string) (params, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	p := params{}
	for i, w := range want {
		switch {
		case w == ":type":
			if _, ok := t.registry.Type(got[i]); !ok {
				return nil, false
			}
		case w == ":id" || w == ":vid":
			if !fhir.ValidID(got[i]) {
				return nil, false
			}
		case w != got[i]:
			return nil, false
		}
		if w != "" && w[0] == ':' {
			p[w[1:]] = got[i]
		}
	}
	return p, true
}

// allowed are the methods that a path takes, sorted; nil if it is no path of ours.
func (t router) allowed(path string) []string {
	var methods []string
	for _, r := range t.routes {
		if _, ok := t.match(r.Pattern, path); ok {
			methods = append(methods, r.Method)
			if r.Method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
		}
	}
	if methods == nil {
		return nil
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	return slices.Compact(methods)
}

// explain says why no route takes a method and a path, and which methods the path does take.
func (t router) explain(method, path string) (allow []string, err error) {
	if allow = t.allowed(path); allow != nil {
		return allow, fhir.Errorf(fhir.NotAllowed, "", "This can't be done here. What can: %s.", strings.Join(allow, ", "))
	}
	first, rest, deeper := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if _, ok := t.registry.Type(first); !ok {
		return nil, fhir.Errorf(fhir.UnknownType, "", "There is no such resource type or path. The types of R4 are written as in Patient or MedicationRequest; /metadata lists what is here.")
	}
	if id, _, _ := strings.Cut(rest, "/"); deeper && !fhir.ValidID(id) {
		return nil, fhir.Errorf(fhir.NotFound, "", "There is no such resource or operation. An id is 1 to 64 letters, digits, - or dots.")
	}
	return nil, fhir.Errorf(fhir.NotFound, "", "There is no such path. /metadata lists what is here.")
}
