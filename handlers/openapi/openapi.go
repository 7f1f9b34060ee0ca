package openapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/capability"
)

// Input is what a document is made of.
type Input struct {
	Base, Version string
	Registry      *spec.Registry
	Ready         func(*spec.Param) bool
	Security      *capability.Security // nil: nobody needs a token
	Routes        []Route
}

// Route is one row of the route table.
type Route struct {
	Method, Pattern string // as Gin has them: "GET", "/:type/:id"
	Interaction     string // R4's code of it; "" for none
	Open            bool   // needs no token
	Conditional     bool
	Except          string   // a type that hasn't it
	Consumes        []string // media types of the body
	Params          []string // parameters, if it's no search
	Criteria        bool     // search parameters are taken
	Media           string   // of answers that are no resources; "": they are
	Operation       *capability.Operation
}

// formats are the media types of resources that are told.
var formats = []string{"application/fhir+json", "application/fhir+xml"}

// Document is the whole as JSON.
func Document(in Input) ([]byte, error) {
	names := in.Registry.Names()
	d := document{
		OpenAPI: "3.1.0", Servers: []server{{in.Base}}, Paths: map[string]pathItem{}, Components: common(names),
		Info: info{Title: "Frontdesk", Version: in.Version, Description: "A FHIR R4 server for general practice. " +
			"What a resource consists of is told by FHIR; what this server does with each type by " + in.Base +
			"/metadata."},
		Tags: []tag{{"system", "The whole server"}, {"type", "All resources of a type"}, {"instance", "One resource"},
			{"operation", "Operations"}},
	}
	if in.Security != nil {
		d.Components.SecuritySchemes = map[string]any{"smart": map[string]any{"type": "oauth2",
			"description": "SMART App Launch 2.2",
			"flows": map[string]any{"authorizationCode": map[string]any{
				"authorizationUrl": in.Security.Authorize, "tokenUrl": in.Security.Token,
				"scopes": map[string]string{}}}}}
		d.Security = []map[string][]string{{"smart": {}}}
	}
	for _, r := range in.Routes {
		if !strings.HasPrefix(r.Pattern, "/:type") || strings.HasPrefix(r.Pattern, "/:type/:id") {
			in.add(&d, r, "")
			continue
		}
		for _, name := range names { // what is searched by depends on the type
			if r.takes(name) {
				in.add(&d, r, name)
			}
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fhir.Fault("writing the API's description", err)
	}
	return text, nil
}

// takes says whether a route is for a type.
func (r *Route) takes(typ string) bool {
	return r.Except != typ && (r.Operation == nil || r.Operation.For(typ))
}

// Path is the path of a pattern as OpenAPI has it, of a type if it is for one.
func Path(pattern, typ string) string {
	if typ != "" {
		pattern = strings.Replace(pattern, ":type", typ, 1)
	}
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if name, named := strings.CutPrefix(part, ":"); named {
			parts[i] = "{" + name + "}"
		}
	}
	if path := strings.Join(parts, "/"); path != "" {
		return path
	}
	return "/"
}

// add adds a route, of a type if its path is to name one.
func (in *Input) add(d *document, r Route, typ string) {
	path, method := Path(r.Pattern, typ), strings.ToLower(r.Method)
	if d.Paths[path] == nil {
		d.Paths[path] = pathItem{}
	}
	if d.Paths[path][method] != nil { // operations of one name for different types
		return
	}
	o := &operation{OperationID: method + strings.NewReplacer("/", "-", "{", "", "}", "", "$", "").Replace(path),
		Summary: r.summary(typ),
		Tags:    []string{r.tag()}, Responses: map[string]ref{"default": {"#/components/responses/Outcome"}}}
	o.Responses[r.success()] = ref{"#/components/responses/" + r.answers()}
	if r.Open {
		o.Security = &[]map[string][]string{}
	}
	for part := range strings.SplitSeq(path, "/") {
		if name := strings.Trim(part, "{}"); name != part {
			o.Parameters = append(o.Parameters, ref{"#/components/parameters/" + name})
		}
	}
	o.Parameters = append(o.Parameters, in.query(r, typ)...)
	if r.Operation != nil {
		o.Description = r.Operation.Description
	}
	if r.Consumes != nil {
		o.RequestBody = r.body()
	}
	d.Paths[path][method] = o
}

// query are the parameters in the query.
func (in *Input) query(r Route, typ string) (all []any) {
	if r.Method == http.MethodPost && r.Criteria { // they are in the form
		return nil
	}
	for _, name := range r.Params {
		all = append(all, parameter{Name: name, In: "query", Schema: schema{Type: "string"}})
	}
	if r.Operation != nil && r.Method == http.MethodGet {
		for _, p := range r.Operation.Parameters {
			if !p.Out && p.Part == nil {
				all = append(all, parameter{Name: p.Name, In: "query", Required: p.Min > 0,
					Description: p.Documentation, Schema: schema{Type: "string"}})
			}
		}
	}
	if t, ok := in.Registry.Type(typ); ok && r.Criteria {
		for _, code := range t.Codes {
			if p := t.Params[code]; p.Unsupported == "" && (in.Ready == nil || in.Ready(p)) {
				all = append(all, parameter{Name: code, In: "query", Description: p.Kind.String(),
					Schema: schema{Type: "string"}})
			}
		}
	}
	if r.Criteria {
		for _, name := range resultParameters {
			all = append(all, ref{"#/components/parameters/" + name})
		}
	}
	return append(all, ref{"#/components/parameters/_format"})
}

// resultParameters say how a search is answered (R4 search 3.1.1.5).
var resultParameters = []string{"_count", "_sort", "_include", "_revinclude", "_summary", "_elements", "_total"}

// common are the components that all routes share.
func common(names []string) components {
	content := map[string]mediaType{}
	for _, format := range formats {
		content[format] = mediaType{ref{"#/components/schemas/Resource"}}
	}
	c := components{
		Parameters: map[string]parameter{
			"type": {Name: "type", In: "path", Required: true, Schema: schema{Type: "string", Enum: names}},
			"id": {Name: "id", In: "path", Required: true, Schema: schema{Type: "string",
				Pattern: `^[A-Za-z0-9\-.]{1,64}$`}},
			"vid": {Name: "vid", In: "path", Required: true, Description: "A version",
				Schema: schema{Type: "string"}},
			"within": {Name: "within", In: "path", Required: true, Description: "A type of the compartment, or *",
				Schema: schema{Type: "string"}},
			"job": {Name: "job", In: "path", Required: true, Description: "An export",
				Schema: schema{Type: "string"}},
			"file": {Name: "file", In: "path", Required: true, Description: "A file of the export's manifest",
				Schema: schema{Type: "string"}},
			"_format": {Name: "_format", In: "query", Description: "The format of the answer, before Accept",
				Schema: schema{Type: "string", Enum: []string{"json", "xml", "html"}}},
		},
		Responses: map[string]response{
			"Resource": {"A resource, or what Prefer asks for", content}, "Bundle": {"A Bundle", content},
			"Nothing":  {"Done", nil},
			"Document": {"This document", map[string]mediaType{"application/json": {schema{Type: "object"}}}},
			"Manifest": {"The export's files, once it is done; 202 before",
				map[string]mediaType{"application/json": {schema{Type: "object"}}}},
			"Lines": {"A resource on each line",
				map[string]mediaType{"application/fhir+ndjson": {schema{Type: "string"}}}},
			"Outcome": {"An OperationOutcome that says what went wrong and what to do", content},
		},
		Schemas: map[string]schema{"Resource": {Type: "object", Required: []string{"resourceType"},
			Properties: map[string]schema{
				"resourceType": {Type: "string"}, "id": {Type: "string"}}}},
	}
	for _, name := range resultParameters {
		c.Parameters[name] = parameter{Name: name, In: "query", Schema: schema{Type: "string"}}
	}
	return c
}

// body is what a route takes.
func (r *Route) body() *body {
	b := &body{Required: r.Operation == nil && !r.Criteria, Content: map[string]mediaType{}}
	for _, media := range r.Consumes {
		b.Content[media] = mediaType{schema{Type: "object"}}
		if slices.Contains(formats, media) {
			b.Content[media] = mediaType{ref{"#/components/schemas/Resource"}}
		}
	}
	return b
}
