package copying

import (
	"context"
	"encoding/json"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// The record of a copy stands in the store that it is made to, and is written with what it counts.
const (
	namespace = "copy"
	key       = "from"
)

// state is how far a copy is.
type state struct {
	Source   string          `json:"source"`  // what was newest in the other store, and how many versions it had
	Records  bool            `json:"records"` // all records are here
	After    search.Position `json:"after"`   // where the page of the other store's history ended that was written last
	Last     int64           `json:"last"`    // the time of the version that was written last, in microseconds
	Versions int64           `json:"versions"`
	Walked   bool            `json:"walked"` // all versions are here
	Done     bool            `json:"done"`
}

func (s *state) record() store.Record {
	value, _ := json.Marshal(s) // nothing in it can fail
	return store.Record{Namespace: namespace, Key: key, Value: value, Revision: 1}
}

// stateOf is that of a store, nil if it is no copy.
func stateOf(ctx context.Context, in store.Records) (*state, error) {
	rec, err := in.Get(ctx, namespace, key)
	switch {
	case err != nil && fhir.KindOf(err) == fhir.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	}
	var s state
	if err := json.Unmarshal(rec.Value, &s); err != nil {
		return nil, fhir.Fault("reading how far the copy is", err)
	}
	return &s, nil
}

// Unfinished says that a store is a copy that has only been begun: it must not be served.
func Unfinished(ctx context.Context, in store.Records) (bool, error) {
	s, err := stateOf(ctx, in)
	return s != nil && !s.Done, err
}

// begin is the state of this copy, which may be a new one.
func (c *Copy) begin(ctx context.Context) (*state, error) {
	source, err := c.source(ctx)
	if err != nil {
		return nil, err
	}
	s, err := stateOf(ctx, c.To.Records())
	switch {
	case err != nil:
		return nil, err
	case s != nil && s.Source != source:
		return nil, fhir.Errorf(fhir.Conflict, "", "The target holds a copy of something else, or the source has been written to since the copy was begun. "+
			"Stop what writes to the source, and begin anew with an empty target.")
	case s != nil:
		return s, nil
	}
	if empty, err := c.empty(ctx); err != nil {
		return nil, err
	} else if !empty {
		return nil, fhir.Errorf(fhir.Conflict, "", "The target isn't empty, and nothing was changed. Copy into a new folder or database.")
	}
	s = &state{Source: source}
	return s, c.To.Restore(ctx, nil, []store.Record{s.record()})
}

// source tells one content from another: by its newest version and the number of them.
func (c *Copy) source(ctx context.Context) (string, error) {
	n, err := c.From.Versions(ctx)
	if err != nil {
		return "", err
	}
	newest, err := c.From.History(ctx, store.Scope{Limit: 1})
	if err != nil || len(newest.Items) == 0 {
		return "empty", err
	}
	v := newest.Items[0]
	return fmt.Sprintf("%s at %d, of %d", v.Key, v.Updated.UnixMicro(), n), nil
}

// empty says whether there is nothing in the target.
func (c *Copy) empty(ctx context.Context) (bool, error) {
	n, err := c.To.Versions(ctx)
	if err != nil || n > 0 {
		return false, err
	}
	empty := true
	err = c.To.AllRecords(ctx, func(store.Record) bool {
		empty = false
		return false
	})
	return empty, err
}
