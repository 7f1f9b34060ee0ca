package rules

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/store"
)

// NoSubscriptions refuses to keep a Subscription, which nobody would be told anything by (I6: what isn't done isn't
// accepted in silence). One that was stored before can be deleted.
type NoSubscriptions struct{}

// Apply refuses a commit that creates or changes a Subscription.
func (NoSubscriptions) Apply(_ context.Context, c *store.Commit) error {
	for i := range c.Batch.Writes {
		if p := &c.Pending[i]; c.Batch.Writes[i].Key.Type == "Subscription" && p.After != nil {
			e := fhir.Errorf(fhir.Unprocessable, p.Where("Subscription"),
				"This server sends no notifications yet, so a Subscription would do nothing. Ask for what is new by _history?_since= or by _lastUpdated=gt.")
			e.Issues[0].Code = "not-supported"
			return e
		}
	}
	return nil
}
