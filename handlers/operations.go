package handlers

import (
	"net/http"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/capability"
	"frontdesk/handlers/operation"
	"frontdesk/store"
)

// Operation is one row of the operations: what is told of it, and what carries it out.
type Operation struct {
	capability.Operation
	Handle Handler
	// Get carries it out by GET, where it affects state by POST alone.
	Get Handler
	// Private says that no patient is to read of it in the audit.
	Private bool
	// Lenient says that parameters it doesn't have are passed over if the client prefers handling=lenient.
	Lenient bool
}

var bundleOut = capability.Parameter{Name: "return", Out: true, Min: 1, Max: "1", Type: "Bundle", Documentation: "A Bundle of type searchset."}

// Operations are all there are (R4 operations 3.2.0).
func Operations(r *spec.Registry) []Operation {
	return slices.Concat(recordOperations, exportOperations, onlineOperations(r))
}

// recordOperations read a record.
var recordOperations = []Operation{
	{Handle: (*Server).everything, Operation: capability.Operation{
		Name: "everything", ID: "Patient-everything", Standard: "http://hl7.org/fhir/OperationDefinition/Patient-everything",
		Title: "Everything in a patient's record", Types: []string{"Patient"}, OfType: true, Instance: true,
		Description: "The patient, everything in the patient's compartment, and what that refers to outside of it: practitioners, organizations, " +
			"locations, medicines. It is given in pages, each resource once; follow the link with relation next. At Patient the records of all " +
			"patients that the caller may see are given, without what they refer to.",
		Parameters: []capability.Parameter{
			{Name: "start", Max: "1", Type: "date", Documentation: "Only care at or after this date. What has no date is always given."},
			{Name: "end", Max: "1", Type: "date", Documentation: "Only care at or before this date."},
			{Name: "_since", Max: "1", Type: "instant", Documentation: "Only what was updated at or after this time, and the patient."},
			{Name: "_type", Max: "*", Type: "code", Documentation: "Only resources of these types, with commas between them."},
			{Name: "_count", Max: "1", Type: "integer", Documentation: "Resources on a page, from 1."},
			bundleOut,
		},
	}},
	{Handle: (*Server).lastN, Operation: capability.Operation{
		Name: "lastn", ID: "Observation-lastn", Standard: "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
		Title: "The last results of each kind", Types: []string{"Observation"}, OfType: true, Criteria: true,
		Description: "The newest Observations of each code, among those that the search parameters find. These must name the patient or subject, and a " +
			"category or a parameter with a code. Kinds come by their newest, within a kind the newest first.",
		Parameters: []capability.Parameter{
			{Name: "max", Max: "1", Type: "positiveInt", Documentation: "How many of each kind, 1 if it isn't given. What happened at the very time of the last of them comes too."},
			bundleOut,
		},
	}},
}

// routes are the rows of the route table by which an operation is called (R4 operations 3.2.0.1): by POST, and by GET
// unless it changes something.
func (o *Operation) routes() []Route {
	methods := []string{http.MethodGet, http.MethodPost}
	if o.AffectsState && o.Get == nil {
		methods = methods[1:]
	}
	var rows []Route
	for _, at := range []struct {
		wanted  bool
		pattern string
		level   Level
	}{{o.System, "/$", System}, {o.OfType, "/:type/$", OfType}, {o.Instance, "/:type/:id/$", Instance}} {
		for _, method := range methods {
			row := Route{Method: method, Pattern: at.pattern + o.Name, Interaction: "operation", Level: at.level, Operation: o, Handle: o.Handle}
			if method == http.MethodPost {
				row.Consumes = resourceBody
			} else if o.Get != nil {
				row.Handle = o.Get
			}
			if at.wanted {
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// arguments are what an operation is called with. A Parameters resource among it is the request's resource from here
// on.
func (s *Server) arguments(r *Request) (operation.Arguments, error) {
	if len(r.Body) > 0 {
		var err error
		if r.Resource, err = s.resource(r); err != nil {
			return operation.Arguments{}, err
		}
	}
	o := r.Route.Operation.Operation
	if r.Route.Operation.Lenient && r.Prefer.Lenient {
		o.Criteria = true // which nobody reads then
	}
	return operation.Read(&o, r.Query, r.Resource)
}

// writable refuses to change what define wrote: it would be stored and never seen.
func (s *Server) writable(changes ...store.Change) error {
	for _, c := range changes {
		if s.defined[c.Key] != nil {
			return fhir.Errorf(fhir.Unprocessable, "", "%s is this server's own definition, and can't be changed. Choose another id.", c.Key)
		}
	}
	return nil
}

// define writes the OperationDefinitions and our own SearchParameters, which are read like resources though they aren't
// in the store.
func (s *Server) define() (map[fhir.Key]*fhir.Stored, error) {
	all := map[fhir.Key]*fhir.Stored{}
	parameters, err := s.store.Registry().OwnDefinitions(s.base)
	if err != nil {
		return nil, err
	}
	for id, json := range parameters {
		key := fhir.Key{Type: "SearchParameter", ID: id}
		all[key] = &fhir.Stored{Key: key, Updated: s.started, Method: fhir.Put, JSON: json}
	}
	for _, r := range s.router.routes {
		if r.Operation == nil {
			continue
		}
		json, err := r.Operation.Definition(s.base, s.version)
		if err != nil {
			return nil, err
		}
		key := r.Operation.Key()
		all[key] = &fhir.Stored{Key: key, Updated: s.started, Method: fhir.Put, JSON: json}
	}
	return all, nil
}

// called are the operations of the route table, each once.
func (t router) called() []capability.Operation {
	var all []capability.Operation
	var last *Operation
	for _, r := range t.routes {
		if r.Operation != nil && r.Operation != last {
			last = r.Operation
			all = append(all, last.Operation)
		}
	}
	return all
}
