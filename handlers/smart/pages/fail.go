package pages

import (
	"errors"
	"net/http"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/handlers/wire"
)

// failures are the HTTP status and the heading of an error page.
var failures = map[fhir.Kind]struct {
	status  int
	heading string
}{
	fhir.Invalid:         {http.StatusBadRequest, "That did not work"},
	fhir.NotSupported:    {http.StatusBadRequest, "That did not work"},
	fhir.Unprocessable:   {http.StatusUnprocessableEntity, "That did not work"},
	fhir.Unauthenticated: {http.StatusForbidden, "You need to sign in"},
	fhir.Forbidden:       {http.StatusForbidden, "You can’t do that"},
	fhir.NotFound:        {http.StatusNotFound, "We can’t find that"},
	fhir.Gone:            {http.StatusNotFound, "We can’t find that"},
	fhir.NotAllowed:      {http.StatusMethodNotAllowed, "That did not work"},
	fhir.Conflict:        {http.StatusConflict, "That was already done"},
	fhir.Throttled:       {http.StatusTooManyRequests, "Please wait a while"},
	fhir.Unavailable:     {http.StatusServiceUnavailable, "This service is not available just now"},
	fhir.TimedOut:        {http.StatusServiceUnavailable, "This service is not available just now"},
	fhir.Internal:        {http.StatusInternalServerError, "Sorry, something went wrong"},
}

// failed is what the error page shows.
type failed struct {
	Texts     []string
	Reference string
}

// reference is the support reference of a request: the X-Request-Id that was set before, or a new one.
func reference(w http.ResponseWriter) string {
	id := w.Header().Get("X-Request-Id")
	if id == "" {
		id = wire.NewReference()
		w.Header().Set("X-Request-Id", id)
	}
	return id
}

// Fail answers with an error page: what went wrong, what to do next, and the support reference, which is in the log too. What was our own fault is logged; other errors are the browser's affair.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *fhir.Error
	if !errors.As(err, &e) {
		e = fhir.Fault("showing a page", err)
	}
	failure, known := failures[e.Kind]
	if !known {
		failure = failures[fhir.Internal]
	}
	harden(w.Header(), "")
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds()+1)))
	}
	data := failed{Reference: reference(w)}
	for _, issue := range e.Issues {
		data.Texts = append(data.Texts, issue.Text)
	}
	if failure.status >= http.StatusInternalServerError {
		p.Log.ErrorContext(r.Context(), "page failed", "reference", data.Reference, "error", e.Error())
	}
	p.show(w, r, failure.status, "error", view{Title: failure.heading, Data: data})
}
