package handlers

import (
	"context"
	"net/http"
	"slices"

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
	Interaction string // R4's code of it (restful-interaction); of a Bundle two
	Level       Level
	Conditional bool       // the resource is named by criteria instead of an id (R4 http 3.1.0.8)
	Open        bool       // needs no grant
	Except      string     // a type that hasn't it; "" if all have
	Consumes    []string   // media types of the body; nil: no body is read
	Params      []string   // parameters allowed besides _format and _pretty; nil: none
	Criteria    bool       // the query is search parameters instead
	Media       string     // of answers that are no resources; then Accept makes no difference. "": answers are resources
	Operation   *Operation // of an operation: its row; then its parameters are what it says
	Handle      Handler
	Change      Changer // of a write: what Handle wants written
}

// form says that the body holds search parameters.
func (r *Route) form() bool { return r.Criteria && r.Method == http.MethodPost }

// updates says that what is sent is to take the place of a resource.
func (r *Route) updates() bool { return r.Interaction == "update" }

var (
	resourceBody = wire.Resources
	patchBody    = []string{wire.JSONPatch, wire.XMLPatch, wire.FHIRJSON, wire.FHIRXML}
	formBody     = []string{wire.Form}
	shape        = []string{"_summary", "_elements"}
	historyOf    = []string{"_since", "_at", "_count", "_sort", "_total", "_cursor"}
	historyOfAll = append(slices.Clone(historyOf), "_type")
	statementOf  = []string{"mode", "_summary", "_elements"}
)

// Routes is the whole API (R4 http 3.1.0), with the routes of the operations at its end. The Registry tells which types
// an operation on entries of a record is for.
func Routes(r *spec.Registry) []Route {
	rows := []Route{
		{Method: "GET", Pattern: "/metadata", Interaction: "capabilities", Level: System, Open: true, Params: statementOf, Handle: (*Server).capabilities},
		{Method: "GET", Pattern: "/openapi.json", Level: System, Open: true, Handle: (*Server).openAPI},
		{Method: "POST", Pattern: "", Interaction: "transaction batch", Level: System, Consumes: resourceBody, Handle: (*Server).bundle},
		{Method: "GET", Pattern: "", Interaction: "search-system", Level: System, Criteria: true, Handle: (*Server).search},
		{Method: "POST", Pattern: "/_search", Interaction: "search-system", Level: System, Criteria: true, Consumes: formBody, Handle: (*Server).search},
		{Method: "GET", Pattern: "/_history", Interaction: "history-system", Level: System, Params: historyOfAll, Handle: (*Server).history},

		{Method: "GET", Pattern: "/:type", Interaction: "search-type", Level: OfType, Criteria: true, Handle: (*Server).search},
		{Method: "POST", Pattern: "/:type/_search", Interaction: "search-type", Level: OfType, Criteria: true, Consumes: formBody, Handle: (*Server).search},
		{Method: "GET", Pattern: "/:type/_history", Interaction: "history-type", Level: OfType, Params: historyOf, Handle: (*Server).history},
		{Method: "POST", Pattern: "/:type", Interaction: "create", Level: OfType, Consumes: resourceBody, Handle: (*Server).write, Change: (*Server).create},
		{Method: "PUT", Pattern: "/:type", Interaction: "update", Level: OfType, Conditional: true, Criteria: true, Consumes: resourceBody, Handle: (*Server).write, Change: (*Server).update},
		{Method: "PATCH", Pattern: "/:type", Interaction: "patch", Except: binaryType, Level: OfType, Conditional: true, Criteria: true, Consumes: patchBody, Handle: (*Server).write, Change: (*Server).patch},
		{Method: "DELETE", Pattern: "/:type", Interaction: "delete", Level: OfType, Conditional: true, Criteria: true, Handle: (*Server).write, Change: (*Server).delete},

		{Method: "GET", Pattern: "/:type/:id", Interaction: "read", Level: Instance, Params: shape, Handle: (*Server).read},
		{Method: "GET", Pattern: "/:type/:id/_history", Interaction: "history-instance", Level: Instance, Params: historyOf, Handle: (*Server).history},
		{Method: "GET", Pattern: "/:type/:id/_history/:vid", Interaction: "vread", Level: Instance, Params: shape, Handle: (*Server).vread},
		{Method: "PUT", Pattern: "/:type/:id", Interaction: "update", Level: Instance, Consumes: resourceBody, Handle: (*Server).write, Change: (*Server).update},
		{Method: "PATCH", Pattern: "/:type/:id", Interaction: "patch", Except: binaryType, Level: Instance, Consumes: patchBody, Handle: (*Server).write, Change: (*Server).patch},
		{Method: "DELETE", Pattern: "/:type/:id", Interaction: "delete", Level: Instance, Handle: (*Server).write, Change: (*Server).delete},

		{Method: "GET", Pattern: "/:type/:id/:within", Interaction: "search-type", Level: Instance, Criteria: true, Handle: (*Server).search},
		{Method: "POST", Pattern: "/:type/:id/:within/_search", Interaction: "search-type", Level: Instance, Criteria: true, Consumes: formBody, Handle: (*Server).search},
	}
	rows = append(rows, exportRoutes...)
	for _, o := range Operations(r) {
		rows = append(rows, o.routes()...)
	}
	return rows
}
