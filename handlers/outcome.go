package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"frontdesk/fhir"
)

// answers is the one table from what went wrong to the HTTP status and the default issue.code (R4 valueset issue-type).
var answers = map[fhir.Kind]struct {
	status int
	code   string
}{
	fhir.Internal:         {http.StatusInternalServerError, "exception"},
	fhir.Invalid:          {http.StatusBadRequest, "invalid"},
	fhir.Unprocessable:    {http.StatusUnprocessableEntity, "business-rule"},
	fhir.NotFound:         {http.StatusNotFound, "not-found"},
	fhir.UnknownType:      {http.StatusNotFound, "not-supported"},
	fhir.Gone:             {http.StatusGone, "deleted"},
	fhir.NotSupported:     {http.StatusBadRequest, "not-supported"},
	fhir.NotAllowed:       {http.StatusMethodNotAllowed, "not-supported"},
	fhir.NotAcceptable:    {http.StatusNotAcceptable, "not-supported"},
	fhir.UnsupportedMedia: {http.StatusUnsupportedMediaType, "not-supported"},
	fhir.Conflict:         {http.StatusConflict, "conflict"},
	fhir.StaleVersion:     {http.StatusPreconditionFailed, "conflict"},
	fhir.MultipleMatches:  {http.StatusPreconditionFailed, "multiple-matches"},
	fhir.TooLarge:         {http.StatusRequestEntityTooLarge, "too-long"},
	fhir.URITooLong:       {http.StatusRequestURITooLong, "too-long"},
	fhir.TooCostly:        {http.StatusForbidden, "too-costly"},
	fhir.Throttled:        {http.StatusTooManyRequests, "throttled"},
	fhir.Unauthenticated:  {http.StatusUnauthorized, "login"},
	fhir.Forbidden:        {http.StatusForbidden, "forbidden"},
	fhir.TimedOut:         {http.StatusServiceUnavailable, "timeout"},
	fhir.Unavailable:      {http.StatusServiceUnavailable, "transient"},
	fhir.TooSlow:          {http.StatusRequestTimeout, "timeout"},
}

// spineCodes is the code system of Issue.Coding, which NHS clients branch on.
const spineCodes = "https://fhir.nhs.uk/R4/ValueSet/Spine-ErrorOrWarningCode-1"

// outcome is an OperationOutcome (R4 operationoutcome).
type outcome struct {
	ResourceType string  `json:"resourceType"`
	Issue        []issue `json:"issue"`
}

type issue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Details     details  `json:"details"`
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

type details struct {
	Coding []coding `json:"coding,omitempty"`
	Text   string   `json:"text"`
}

type coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// asError is any error as a *fhir.Error: one that isn't is our fault, unless it only says that time ran out.
func asError(err error) *fhir.Error {
	var e *fhir.Error
	if errors.As(err, &e) && e.Kind != fhir.Internal {
		return e
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fhir.Errorf(fhir.TimedOut, "",
			"This took longer than the time limit. Ask for less at a time, as with a smaller _count. If it was a change, read the resource to see whether it was made.")
	}
	if e != nil && len(e.Issues) > 0 {
		return e
	}
	return fhir.Fault("handling the request", err)
}

// failure is the answer to an error: an OperationOutcome of every issue, with the support reference, which is the log
// line's too. It is made of the error alone, so that what is hidden and what never was get the same (I2).
func failure(err error, reference string) *Response {
	e := asError(err)
	a := answers[e.Kind]
	resp := &Response{Status: a.status, Body: outcomeOf(e.Issues, a.code, reference)}
	switch {
	case e.Kind == fhir.Unauthenticated:
		resp.Header = map[string]string{"WWW-Authenticate": challenge(e)}
	case e.RetryAfter > 0:
		resp.Header = map[string]string{"Retry-After": strconv.Itoa(int(e.RetryAfter.Seconds() + 1))}
	case e.Kind == fhir.TooSlow || e.Kind == fhir.TooLarge:
		// The rest of the body is not read, so the connection can't be used again.
		resp.Header = map[string]string{"Connection": "close"}
	}
	return resp
}

// challenge is what a client's OAuth library reads of a refusal (RFC 6750 3). To who sent no token it says only which
// kind is wanted.
func challenge(e *fhir.Error) string {
	if e.Challenge == "" || len(e.Issues) == 0 {
		return "Bearer"
	}
	description := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '\''
		}
		return r
	}, e.Issues[0].Text)
	return `Bearer realm="FHIR", error="` + e.Challenge + `", error_description="` + description + `"`
}

// outcomeOf is an OperationOutcome in JSON. code is for issues that have none of their own.
func outcomeOf(issues []fhir.Issue, code, reference string) []byte {
	o := outcome{ResourceType: "OperationOutcome"}
	for _, is := range issues {
		out := issue{Severity: "error", Code: is.Code, Details: details{Text: is.Text}}
		if is.Warning {
			out.Severity = "warning"
		}
		if out.Code == "" {
			out.Code = code
		}
		if is.Coding != "" {
			out.Details.Coding = []coding{{spineCodes, is.Coding}}
		}
		if is.Expression != "" {
			out.Expression = []string{is.Expression}
		}
		if reference != "" {
			out.Diagnostics = "Reference: " + reference
		}
		o.Issue = append(o.Issue, out)
	}
	return encode(o)
}

// outcomeOK is an OperationOutcome that all went well (Prefer: return=OperationOutcome), and what there is to tell.
func outcomeOK(texts ...string) []byte {
	o := outcome{ResourceType: "OperationOutcome"}
	for _, text := range texts {
		o.Issue = append(o.Issue, issue{Severity: "information", Code: "informational", Details: details{Text: text}})
	}
	return encode(o)
}

// encode can't fail: what it gets is strings alone, and json replaces invalid UTF-8.
func encode(o outcome) []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return b
}
