package handlers

import (
	"context"
	"net/http"

	"frontdesk/fhir"
	"frontdesk/handlers/capability"
	"frontdesk/store"
	"frontdesk/store/transfer"
)

// bulkData is where the operations of Bulk Data Access IG 2.0 are defined.
const bulkData = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"

// exportOperations export in bulk (Bulk Data Access IG 2.0).
var exportOperations = []Operation{
	{Handle: (*Server).export, Lenient: true, Operation: capability.Operation{
		Name: "export", ID: "export", Standard: bulkData + "export", System: true, Async: true,
		Title:       "Everything the caller sees, as files",
		Description: "Exports all resources that the caller may search and read. " + exported,
		Parameters:  exportParameters,
	}},
	{Handle: (*Server).export, Lenient: true, Operation: capability.Operation{
		Name: "export", ID: "patient-export", Standard: bulkData + "patient-export", Types: []string{"Patient"}, OfType: true,
		Async: true,
		Title: "The records of patients, as files",
		Description: "Exports what the caller sees of the compartments of all patients, or of those named by POST. " +
			exported,
		Parameters: append([]capability.Parameter{exportedPatient}, exportParameters...),
	}},
	{Handle: (*Server).export, Lenient: true, Operation: capability.Operation{
		Name: "export", ID: "group-export", Standard: bulkData + "group-export", Types: []string{"Group"}, Instance: true,
		Async: true,
		Title: "The records of a group of patients, as files",
		Description: "Exports what the caller sees of the compartments of the patients who are members of a Group. With " +
			"_since, of who became a member after it everything is exported. " + exported,
		Parameters: append([]capability.Parameter{exportedPatient}, exportParameters...),
	}},
}

const exported = "It needs the header Prefer: respond-async, and answers with Content-Location, where the export's " +
	"status is told: 202 while it is made, then a manifest of files of ndjson. They hold the state at the manifest's " +
	"transactionTime. What the caller may not see any more when a file is fetched is left out of it. DELETE of the " +
	"status cancels the export and removes its files."

var exportedPatient = capability.Parameter{Name: "patient", Max: "*", Type: "Reference",
	Documentation: "Only the records of these patients. By POST."}

var exportParameters = []capability.Parameter{
	{Name: "_outputFormat", Max: "1", Type: "string", Documentation: "application/fhir+ndjson, application/ndjson or ndjson, which all mean the same."},
	{Name: "_since", Max: "1", Type: "instant", Documentation: "Only what was made or changed after this time, and a list of what was deleted. " +
		"The transactionTime of the last export gives what has happened since."},
	{Name: "_type", Max: "*", Type: "string", Documentation: "Only resources of these types, with commas between them."},
	{Name: "_typeFilter", Max: "*", Type: "string", Documentation: "Of a type only what a search finds, as Observation?category=laboratory; " +
		"of several for one type, what any of them finds. Commas between them."},
	{Name: "_elements", Max: "*", Type: "string", Documentation: "Only these top-level elements, as id or Patient.name, with commas between them. " +
		"Then each resource is tagged SUBSETTED."},
}

// exportRoutes are where exports are asked after.
var exportRoutes = []Route{
	{Method: "GET", Pattern: "/_export/:job", Interaction: "operation", Level: System, Media: "application/json", Handle: (*Server).exportStatus},
	{Method: "DELETE", Pattern: "/_export/:job", Interaction: "operation", Level: System, Handle: (*Server).cancelExport},
	{Method: "GET", Pattern: "/_export/:job/:file", Interaction: "operation", Level: System, Media: ndjson, Handle: (*Server).exportFile},
}

// ndjson is the media type of an export's files.
const ndjson = "application/fhir+ndjson"

// export is $export: it begins one.
func (s *Server) export(ctx context.Context, r *Request) (*Response, error) {
	switch {
	case r.Entry != nil:
		return nil, fhir.Errorf(fhir.NotSupported, "",
			"An export can't be begun in a Bundle. Send $export as a request of its own.")
	case !r.Prefer.Async:
		return nil, fhir.Errorf(fhir.Invalid, "",
			"An export is made in the background. Send the header Prefer: respond-async, and follow the answer's "+
				"Content-Location.")
	}
	if r.ID != "" {
		if err := transfer.CheckGroup(ctx, r.Session, r.ID); err != nil {
			return nil, err
		}
	}
	order, err := s.exportOrder(r)
	if err != nil {
		return nil, err
	}
	id, err := s.exports.Start(ctx, r.By, s.background(r), order)
	if err != nil {
		return nil, err
	}
	return &Response{Status: http.StatusAccepted, Header: map[string]string{"Content-Location": s.exportAt(id)},
		Body: outcomeOK("The export has begun. Content-Location is where its status is told.")}, nil
}

// exportAt is the URL of an export's status.
func (s *Server) exportAt(id string) string { return s.base + "/_export/" + id }

// background is a Session of who sent a request, which reports what it does also when that is answered.
func (s *Server) background(r *Request) *store.Session {
	later := &Request{Route: r.Route, Type: r.Type, ID: r.ID, Query: r.Query, Job: r.Job, By: r.By, Address: r.Address,
		Reference: r.Reference, grant: r.grant}
	s.serveAs(later)
	return later.Session
}
