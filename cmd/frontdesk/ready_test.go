package main

import (
	"net/http/httptest"
	"testing"

	"frontdesk/store"
)

func TestReadinessSaysWhatIsBeingBuilt(t *testing.T) {
	index := store.Building{What: "index key of resources", Done: 1200, Total: 3000, Blocks: true}
	parameters := store.Building{What: "search parameters of Patient"}
	for _, c := range []struct {
		building []store.Building
		answers  bool
		status   int
		want     string
	}{
		{nil, true, 200, "ready\n"},
		{nil, false, 503, "not ready\n"},
		{[]store.Building{parameters}, true, 200, "ready\nbuilding search parameters of Patient\n"},
		{[]store.Building{index, parameters}, true, 503, "not ready\nbuilding index key of resources: 1,200 of 3,000\nbuilding search parameters of Patient\n"},
	} {
		w := httptest.NewRecorder()
		readiness(w, c.building, c.answers)
		if w.Code != c.status || w.Body.String() != c.want {
			t.Errorf("%+v: %d %q, want %d %q", c.building, w.Code, w.Body, c.status, c.want)
		}
	}
}
