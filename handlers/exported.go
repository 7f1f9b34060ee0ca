package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/subset"
	"frontdesk/store"
	"frontdesk/store/transfer"
)

// manifest is what a finished export is answered with (Bulk Data Access IG 2.0, Response - Complete Status).
type manifest struct {
	TransactionTime     time.Time  `json:"transactionTime"`
	Request             string     `json:"request"`
	RequiresAccessToken bool       `json:"requiresAccessToken"`
	Output              []fileLink `json:"output"`
	Deleted             []fileLink `json:"deleted"`
	Error               []fileLink `json:"error"`
}

type fileLink struct {
	Type  string `json:"type"`
	URL   string `json:"url"`
	Count int    `json:"count"`
}

// exportStatus is GET of an export.
func (s *Server) exportStatus(ctx context.Context, r *Request) (*Response, error) {
	e, err := s.exports.Status(ctx, r.By, r.Job, s.background(r))
	switch {
	case err != nil:
		return nil, err
	case e.Failed != "":
		return nil, fhir.Errorf(fhir.Unprocessable, "", "The export could not be made. %s", e.Failed)
	case e.Done.IsZero():
		return s.exportGoesOn(e), nil
	}
	m := manifest{TransactionTime: e.Moment.At, Request: e.Order.Request, RequiresAccessToken: true,
		Output: []fileLink{}, Deleted: []fileLink{}, Error: []fileLink{}}
	for n, f := range e.Files {
		link := fileLink{f.Type, fmt.Sprintf("%s/%d.ndjson", s.exportAt(e.ID), n), f.Lines}
		if f.Deleted {
			m.Deleted = append(m.Deleted, link)
		} else {
			m.Output = append(m.Output, link)
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fhir.Fault("writing a manifest", err)
	}
	return &Response{Status: http.StatusOK, Body: body, Media: r.Route.Media,
		Header: map[string]string{"Expires": e.Done.Add(s.exports.Kept()).UTC().Format(http.TimeFormat)}}, nil
}

// patience is how long a client is asked to wait at most until it asks again.
const patience = 10 * time.Second

// exportGoesOn is the answer while an export is made: how far it is, and when to ask again.
func (s *Server) exportGoesOn(e *transfer.Export) *Response {
	after := min(time.Second+s.now().Sub(e.Made)/10, patience)
	return &Response{Status: http.StatusAccepted, Header: map[string]string{
		"X-Progress":  fmt.Sprintf("%d of %d types, %d resources", e.Part, len(e.Order.Types), e.Lines()),
		"Retry-After": strconv.Itoa(max(1, int(after.Seconds()))),
	}}
}

// cancelExport is DELETE of an export.
func (s *Server) cancelExport(ctx context.Context, r *Request) (*Response, error) {
	if err := s.exports.Cancel(ctx, r.By, r.Job); err != nil {
		return nil, err
	}
	return &Response{Status: http.StatusAccepted, Body: outcomeOK("The export is cancelled and its files are gone.")}, nil
}

// exportFile is GET of a file of an export: what the caller may see of it now.
func (s *Server) exportFile(ctx context.Context, r *Request) (*Response, error) {
	number, ok := strings.CutSuffix(r.File, ".ndjson")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || strconv.Itoa(n) != number {
		n = -1 // which no export has
	}
	e, keys, err := s.exports.File(ctx, r.By, r.Job, n)
	if err != nil {
		return nil, err
	}
	page, err := r.Session.Versions(ctx, fhir.Key{}, keys)
	if err != nil {
		return nil, err
	}
	body := buffer()
	for _, it := range page.Items {
		if body, err = s.appendLine(body, e, it); err != nil {
			return nil, err
		}
	}
	return &Response{Status: http.StatusOK, Body: body, Media: r.Route.Media, pooled: true}, nil
}

// appendLine adds a resource to a file, or of a tombstone a Bundle that deletes it.
func (s *Server) appendLine(body []byte, e *transfer.Export, it store.Item) ([]byte, error) {
	if it.Deleted() {
		return append(body, `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"`+
			it.Key.Current().String()+"\"}}]}\n"...), nil
	}
	text, elements := it.JSON, append(e.Order.Elements[it.Key.Type], e.Order.Elements[""]...)
	if elements != nil {
		t, _ := s.store.Registry().Type(it.Key.Type)
		var err error
		if text, err = subset.Of(text, t, search.SummaryFalse, elements); err != nil {
			return nil, err
		}
	}
	return append(append(body, text...), '\n'), nil
}
