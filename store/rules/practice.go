package rules

import (
	"context"
	"encoding/json"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/online"
)

// referenceJSON is how JSON holds a Reference.
type referenceJSON struct {
	Reference string `json:"reference"`
}

// practice is what the organization has decided where a patient is registered: the one that manages the record, or an Organization that is
// the general practitioner.
func (o Options) practice(ctx context.Context, c *store.Commit, patient string) (online.Practice, error) {
	body, _, err := c.Get(ctx, fhir.Key{Type: "Patient", ID: patient})
	if err != nil {
		return online.Practice{}, err
	}
	var p struct {
		ManagingOrganization referenceJSON
		GeneralPractitioner  []referenceJSON
	}
	if body != nil {
		if err := read(body, &p); err != nil {
			return online.Practice{}, err
		}
	}
	id := ""
	for _, r := range append([]referenceJSON{p.ManagingOrganization}, p.GeneralPractitioner...) {
		if key, local := search.Local(r.Reference, o.Base); local && key.Type == "Organization" && id == "" {
			id = key.ID
		}
	}
	return online.OfPractice(ctx, o.Records, id)
}

// read takes from a resource what a rule needs of it. It has been validated, so that it can be read.
func read(resource []byte, into any) error {
	if err := json.Unmarshal(resource, into); err != nil {
		return fhir.Fault("a rule's reading of a resource", err)
	}
	return nil
}

// refusal is an error of one element. coding is the NHS's code for it, or "".
func refusal(kind fhir.Kind, coding, expression, format string, args ...any) *fhir.Error {
	return &fhir.Error{Kind: kind, Issues: []fhir.Issue{{Coding: coding, Expression: expression, Text: fmt.Sprintf(format, args...)}}}
}
