package fhir

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is what sort of thing went wrong. One table, handlers/outcome.go, maps it to an HTTP status and a default
// issue.code.
type Kind uint8

// The kinds. The zero Kind is Internal, so that an error nobody classified is never shown as the client's fault.
const (
	Internal         Kind = iota // our fault: 500
	Invalid                      // what was sent is not FHIR, or a parameter is malformed: 400
	Unprocessable                // FHIR, but against a rule of ours or of the practice: 422
	NotFound                     // no such resource, or not one the caller may know of: 404
	UnknownType                  // no such resource type or path: 404
	Gone                         // was deleted: 410
	NotSupported                 // a feature, parameter or code we know of and don't offer: 400
	NotAllowed                   // this method can't be used here: 405
	NotAcceptable                // no format the client accepts: 406
	UnsupportedMedia             // a body in a format we don't read: 415
	Conflict                     // against the state of the data, as a slot already taken: 409
	StaleVersion                 // If-Match names another version than the current one: 412
	MultipleMatches              // conditional criteria match more than one: 412
	TooLarge                     // body over the limit: 413
	URITooLong                   // URL over the limit: 414
	TooCostly                    // a query that would cost more than the setting allows: 403
	Throttled                    // too many requests: 429
	Unauthenticated              // no token, or not a good one: 401
	Forbidden                    // a good token that doesn't reach this: 403
	TimedOut                     // took longer than the time limit: 503
	Unavailable                  // can't be answered just now, as when shutting down: 503
	TooSlow                      // the body did not arrive within the time limit: 408
)

// Issue is one fault, as OperationOutcome.issue lists it.
type Issue struct {
	Code       string // issue.code (R4 valueset issue-type); "" takes the Kind's
	Expression string // FHIRPath of the element at fault, as "Patient.contact[0].name", or "" if there is none
	Text       string // plain English: what is wrong and what to do next. Never PHI of another person.
	Coding     string // a code of the NHS's Spine-ErrorOrWarningCode-1, as "DUPLICATE_REJECTED", or ""
	Warning    bool   // severity warning instead of error
	Part       string // what of the request is at fault, if no element is: a header, as "If-Match", or "Url"; only InEntry tells of it
}

// Error is the one error type that crosses package borders. Issues holds every fault found, at least one.
type Error struct {
	Kind       Kind
	Key        Key // what it is about, where there is one; for the log
	Issues     []Issue
	RetryAfter time.Duration // with Throttled and Unavailable: when to come back; 0 says nothing
	Challenge  string        // with Unauthenticated: what is wrong with the token that came, as RFC 6750 3.1 calls it; "" if none came
	Err        error         // the cause: for the log, never shown to a client
}

// Errorf makes an Error of one issue. The text follows Printf; a cause given with %w is part of the text and can be
// asked for by errors.Is. For a cause that a client must not read, use Fault.
func Errorf(kind Kind, expression, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Issues: []Issue{{Expression: expression, Text: err.Error()}}, Err: errors.Unwrap(err)}
}

// Fault is an Internal error: what failed, and why. Only the log sees it.
func Fault(what string, cause error) *Error {
	return &Error{Kind: Internal, Err: fmt.Errorf("%s: %w", what, cause), Issues: []Issue{{
		Text: "Something went wrong on our side and nothing was changed. Try again; if it happens again, tell support the reference."}}}
}

// About sets what the error is about and returns it, for use in a return statement.
func (e *Error) About(k Key) *Error { e.Key = k; return e }

// Error is for logs and tests; clients are answered with an OperationOutcome.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Key.Type != "" {
		b.WriteString(e.Key.String() + ": ")
	}
	for i, is := range e.Issues {
		if i > 0 {
			b.WriteString("; ")
		}
		if is.Expression != "" {
			b.WriteString(is.Expression + ": ")
		}
		b.WriteString(is.Text)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, " (%v)", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the Kind of an error: Internal for one that isn't ours.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
