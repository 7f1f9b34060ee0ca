package main

import (
	"errors"
	"net/http/httptest"
	"testing"

	"frontdesk/fhir"
	"frontdesk/store"
)

func TestReadinessSaysWhatIsBeingBuilt(t *testing.T) {
	index := store.Building{What: "index key of resources", Done: 1200, Total: 3000, Blocks: true}
	parameters := store.Building{What: "search parameters of Patient"}
	for _, c := range []struct {
		building []store.Building
		why      error
		status   int
		want     string
	}{
		{nil, nil, 200, "ready\n"},
		{nil, errStopping, 503, "not ready\nthe server is stopping\n"},
		{nil, &fhir.Error{Err: errors.New("disk full at /data"), Issues: []fhir.Issue{{Text: "Its disk is full."}}}, 503, "not ready\nIts disk is full.\n"},
		{[]store.Building{parameters}, nil, 200, "ready\nbuilding search parameters of Patient\n"},
		{[]store.Building{index, parameters}, nil, 503, "not ready\nbuilding index key of resources: 1,200 of 3,000\nbuilding search parameters of Patient\n"},
	} {
		w := httptest.NewRecorder()
		readiness(w, c.building, c.why)
		if retry := w.Header().Get("Retry-After"); (retry != "") != (c.status == 503) {
			t.Errorf("%+v: Retry-After %q", c, retry)
		}
		if w.Code != c.status || w.Body.String() != c.want {
			t.Errorf("%+v: %d %q, want %d %q", c.building, w.Code, w.Body, c.status, c.want)
		}
	}
}
