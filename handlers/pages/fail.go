package pages

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/handlers/pages/text"
	"frontdesk/handlers/wire"
)

// failures are the HTTP status and the heading of an error page.
var failures = map[fhir.Kind]struct {
	status  int
	heading string
}{
	fhir.Invalid:         {http.StatusBadRequest, "error.failed"},
	fhir.NotSupported:    {http.StatusBadRequest, "error.failed"},
	fhir.TooCostly:       {http.StatusBadRequest, "error.failed"},
	fhir.Unprocessable:   {http.StatusUnprocessableEntity, "error.failed"},
	fhir.TooLarge:        {http.StatusRequestEntityTooLarge, "error.large"},
	fhir.TooSlow:         {http.StatusRequestTimeout, "error.failed"},
	fhir.Unauthenticated: {http.StatusForbidden, "error.unknown"},
	fhir.Forbidden:       {http.StatusForbidden, "error.forbidden"},
	fhir.NotFound:        {http.StatusNotFound, "error.missing"},
	fhir.UnknownType:     {http.StatusNotFound, "error.missing"},
	fhir.Gone:            {http.StatusNotFound, "error.missing"},
	fhir.NotAllowed:      {http.StatusMethodNotAllowed, "error.failed"},
	fhir.Conflict:        {http.StatusConflict, "error.conflict"},
	fhir.StaleVersion:    {http.StatusConflict, "error.stale"},
	fhir.Throttled:       {http.StatusTooManyRequests, "error.throttled"},
	fhir.Unavailable:     {http.StatusServiceUnavailable, "error.unavailable"},
	fhir.TimedOut:        {http.StatusServiceUnavailable, "error.unavailable"},
	fhir.Internal:        {http.StatusInternalServerError, "error.fault"},
}

// failed is what the error page shows.
type failed struct {
	Texts     []string
	Reference string
}

// Reference is the support reference of a request: the X-Request-Id that was set before, or a new one.
func Reference(w http.ResponseWriter) string {
	id := w.Header().Get("X-Request-Id")
	if id == "" {
		id = wire.NewReference()
		w.Header().Set("X-Request-Id", id)
	}
	return id
}

// Fail answers with an error page: what went wrong, what to do next, and the support reference, which is in the log
// too. What was our own fault is logged; other errors are the browser's affair.
func (s *Shell) Fail(w http.ResponseWriter, r *http.Request, err error) { s.failIn(w, r, View{}, err) }

// failIn is Fail within a page's frame: whose it is, and the way to the other pages.
func (s *Shell) failIn(w http.ResponseWriter, r *http.Request, frame View, err error) {
	var e *fhir.Error
	if !errors.As(err, &e) {
		e = fhir.Fault("showing a page", err)
	}
	failure, known := failures[e.Kind]
	if !known {
		failure = failures[fhir.Internal]
	}
	Harden(w.Header(), "")
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds()+1)))
	}
	data := failed{Reference: Reference(w)}
	for _, issue := range e.Issues {
		data.Texts = append(data.Texts, issue.Text)
	}
	if failure.status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "page failed", "reference", data.Reference, "error", e.Error())
	}
	frame.Title, _ = text.English().Say(failure.heading)
	frame.Data, frame.Faults, frame.Notice = data, nil, ""
	s.Show(w, r, failure.status, own, "error", frame)
}

// Show answers with a page of a Set. It is made whole before anything is sent, so that a fault in it gives an error
// page and no half a page.
func (s *Shell) Show(w http.ResponseWriter, r *http.Request, status int, set Set, name string, v View) {
	v.Root, v.Auth, v.Brand, v.Logo = s.Root, s.Auth(), s.Brand, s.Root+"/assets/"+s.logo
	if s.accent != "" {
		v.Accent = s.Root + "/assets/" + s.accent
	}
	language := text.English()
	if len(v.Faults) > 0 {
		before, _ := language.Say("error.before")
		status, v.Title = http.StatusUnprocessableEntity, before+" "+v.Title
	}
	var page bytes.Buffer
	template := set[language.Name][name]
	if template == nil {
		s.Fail(w, r, fhir.Fault("showing a page", errors.New("there is no page "+name)))
		return
	}
	if err := template.Execute(&page, v); err != nil {
		s.Fail(w, r, fhir.Fault("showing the page "+name, err))
		return
	}
	if len(v.Scripts) > 0 {
		AllowScript(w.Header())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the browser may be gone
}
