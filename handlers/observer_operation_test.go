package handlers_test

import (
	"context"
	"net/http"
	"testing"

	"frontdesk/handlers"
	"frontdesk/store"
)

// operations are what is reported of operations.
type operations []store.Access

func (o *operations) Observe(_ context.Context, a *store.Access) error {
	if a.Interaction == "operation" {
		*o = append(*o, *a)
	}
	return nil
}

// TestP12_AnOperationIsOneAccessWithItsReason: whatever it takes, alone and in a batch; and of what staff decide about
// online access no patient reads.
func TestP12_AnOperationIsOneAccessWithItsReason(t *testing.T) {
	var diagnostics operations
	c := newClient(t, func(o *handlers.Options) { o.Observer = &diagnostics })
	c.put("a", "Adams")
	c.do("PUT", "/Observation/o", `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}}`).is(http.StatusCreated)
	reason := `{"resourceType":"Parameters","parameter":[{"name":"reason","valueString":"because"}]}`
	for path, c2 := range map[string]struct {
		method, body, why string
		private           bool
	}{
		"/Observation/o/$hide":      {"POST", reason, "because", true},
		"/Patient/a/$online-access": {"GET", "", "", true},
		"/Observation/o/$release":   {"POST", `{"resourceType":"Parameters"}`, "", true},
		"/Patient/a/$everything":    {"GET", "", "", false},
	} {
		diagnostics = nil
		c.do(c2.method, path, c2.body).is(http.StatusOK)
		if len(diagnostics) != 1 || diagnostics[0].Why != c2.why || diagnostics[0].Private != c2.private || len(diagnostics[0].Items) == 0 {
			t.Errorf("%s is told as %+v", path, diagnostics)
		}
	}
}
