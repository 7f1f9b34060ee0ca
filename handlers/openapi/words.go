package openapi

import (
	"net/http"
	"strings"
)

// tag is what a route is about.
func (r *Route) tag() string {
	switch {
	case r.Operation != nil:
		return "operation"
	case strings.HasPrefix(r.Pattern, "/:type/:id"):
		return "instance"
	case strings.HasPrefix(r.Pattern, "/:type"):
		return "type"
	}
	return "system"
}

// summary is what a route does, in a line.
func (r *Route) summary(typ string) string {
	said := r.Interaction
	switch {
	case r.Operation != nil:
		return r.Operation.Title
	case said == "":
		return "This document"
	}
	if r.Conditional {
		said = "conditional " + said
	}
	if typ != "" {
		said += " of " + typ
	}
	return said
}

// success is the HTTP status of an answer that is none of an error.
func (r *Route) success() string {
	switch {
	case r.Interaction == "create":
		return "201"
	case r.Interaction == "delete":
		return "204"
	case r.Operation != nil && r.Operation.Async, r.Operation == nil && r.Method == http.MethodDelete:
		return "202"
	}
	return "200"
}

// answers is the component that a route answers with.
func (r *Route) answers() string {
	switch {
	case r.Interaction == "":
		return "Document"
	case r.Media == "application/json":
		return "Manifest"
	case r.Media != "":
		return "Lines"
	case r.Interaction == "delete":
		return "Nothing"
	case r.Criteria && (r.Method == http.MethodGet || r.Method == http.MethodPost),
		strings.HasPrefix(r.Interaction, "history"),
		strings.HasPrefix(r.Interaction, "transaction"):
		return "Bundle"
	}
	return "Resource"
}
