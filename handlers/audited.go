package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// show takes into the audit trail what a request is answered with.
func (r *Request) show(v *fhir.Stored) {
	if r.shown != nil && v != nil {
		r.shown.Add(v, r.now)
	}
}

// today is a version with what the practice says of the resource by now, for the audit: an old version knows only what it said then.
func (s *Server) today(ctx context.Context, r *Request, v *fhir.Stored) *fhir.Stored {
	if r.shown == nil || r.Route.Interaction == "read" {
		return v
	}
	now := *v
	current, err := s.store.As(access.Everything("audit")).Current(ctx, v.Key)
	if now.Facts.Hidden = true; err == nil { // if it can't be known, the patient doesn't read of it
		now.Facts = current.Facts
	}
	return &now
}

// wrote takes into the audit trail what a request has written.
func (r *Request) wrote(v *fhir.Stored) {
	if v != nil {
		r.about = v.Key
		r.show(v)
	}
}

// watch begins to take down what a request is shown, if there is a trail.
func (s *Server) watch(r *Request) {
	if s.audit != nil && !r.Route.Open {
		r.shown, r.about, r.now = audit.Shown{}, r.Key(), s.now()
	}
}

// audited records a request that was answered or refused. It is done before the answer is sent: what can't be recorded isn't shown. A
// bundle that was carried out is recorded by its entries.
func (s *Server) audited(ctx context.Context, r *Request, resp *Response, failed error) (*Response, error) {
	if r.shown == nil || failed == nil && r.bundle() {
		return resp, failed
	}
	r.names(nil)
	e := audit.Event{
		What: r.Route.Interaction, When: s.now(), By: r.By, Address: r.Address, Request: r.Reference, About: r.about, Query: r.asked(), Shown: r.shown,
		Named: r.named, Why: r.why, Private: r.Route.Operation != nil && r.Route.Operation.Private,
	}
	if r.bundle() {
		e.What, _, _ = strings.Cut(e.What, " ")
	}
	if failed == nil {
		e.Status = resp.Status
	} else {
		a := answers[asError(failed).Kind]
		e.Status, e.Reason = a.status, a.code
	}
	if err := s.audit(ctx, e); err != nil {
		return nil, err
	}
	return resp, failed
}

// interactions are what changes are called in R4 (restful-interaction).
var interactions = map[store.Action]string{store.Create: "create", store.Update: "update", store.Patch: "patch", store.Delete: "delete"}

// auditedChange records one change of a transaction that was carried out.
func (s *Server) auditedChange(ctx context.Context, r *Request, c *store.Change, out *store.Outcome) error {
	if r.shown == nil {
		return nil
	}
	e := audit.Event{What: interactions[c.Action], When: s.now(), By: r.By, Address: r.Address, Request: r.Reference, About: c.Key, Shown: audit.Shown{}}
	if out.Stored != nil {
		e.About = out.Key
		e.Shown.Add(out.Touched(), s.now())
	}
	return s.audit(ctx, e)
}

// bundle says that the request is a batch or a transaction.
func (r *Request) bundle() bool { return r.Route.Interaction == "transaction batch" }

// asked is what was searched for, or what an operation was called with.
func (r *Request) asked() string {
	if !r.Route.Criteria && r.Route.Operation == nil {
		return ""
	}
	path := strings.TrimPrefix(r.Route.Pattern, "/")
	for name, value := range map[string]string{":type": r.Key().Type, ":id": r.ID, ":within": r.Within} {
		path = strings.Replace(path, name, value, 1)
	}
	if r.Query == "" {
		return r.Route.Method + " " + path
	}
	return r.Route.Method + " " + path + "?" + r.Query
}

// names takes down the Patients whom a request of staff or a system names: by where it is sent to, and as whose record it searches. A patient is told
// of those, whatever was found (P12). Who is online tells nobody by naming them.
func (r *Request) names(q *search.Search) {
	if r.shown == nil || r.By.Online() {
		return
	}
	if r.Type != nil && r.Type.Name == "Patient" && r.ID != "" {
		r.name(r.ID)
	}
	if q == nil {
		return
	}
	for _, f := range q.From {
		all, several := f.Where.(search.And)
		if !several {
			all = search.And{f.Where}
		}
		for _, e := range all {
			r.nameIn(e)
		}
	}
}

// nameIn takes down whom a condition of a search names, if it is that a reference is to one Patient.
func (r *Request) nameIn(e search.Expr) {
	if any, ok := e.(search.Or); ok && len(any) == 1 {
		e = any[0]
	}
	test, _ := e.(search.Test)
	if is, ok := test.Is.(search.RefIs); ok && is.ID != "" && (is.Type == "Patient" || test.Param.Code == "patient") {
		r.name(is.ID)
	}
}

func (r *Request) name(id string) {
	if !slices.Contains(r.named, id) {
		r.named = append(r.named, id)
	}
}

// unknown records a request whose sender isn't known.
func (s *Server) unknown(req *http.Request, r *Request, err error) error {
	s.watch(r)
	_, err = s.audited(req.Context(), r, nil, err)
	return err
}
