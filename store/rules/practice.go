package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/online"
)

// referenceJSON is how JSON holds a Reference.
type referenceJSON struct {
	Reference string `json:"reference"`
}

// practice is what the organization has decided where a patient is registered.
func (o Options) practice(ctx context.Context, c *store.Commit, patient string) (online.Practice, error) {
	_, practice, err := o.registered(ctx, c, patient)
	return practice, err
}

// registered is where a patient is registered, and what was decided there: at the organization that manages the record,
// one that is the general practitioner, or that of a general practitioner's role. id is "" if there is none.
func (o Options) registered(ctx context.Context, c *store.Commit, patient string) (id string, decided online.Practice, err error) {
	body, _, err := c.Get(ctx, fhir.Key{Type: "Patient", ID: patient})
	if err != nil {
		return "", online.Practice{}, err
	}
	var p struct {
		ManagingOrganization referenceJSON
		GeneralPractitioner  []referenceJSON
	}
	if body != nil {
		if err := read(body, &p); err != nil {
			return "", online.Practice{}, err
		}
	}
	var roles []fhir.Key
	for _, r := range append([]referenceJSON{p.ManagingOrganization}, p.GeneralPractitioner...) {
		key, local := search.Local(r.Reference, o.Base)
		switch {
		case local && key.Type == "Organization" && id == "":
			id = key.ID
		case local && key.Type == "PractitionerRole":
			roles = append(roles, key)
		}
	}
	for _, role := range roles {
		if id == "" {
			if id, err = o.employer(ctx, c, role); err != nil {
				return "", online.Practice{}, err
			}
		}
	}
	decided, err = online.OfPractice(ctx, o.Records, id)
	return id, decided, err
}

// employer is the id of the Organization where an active role is; "" for none.
func (o Options) employer(ctx context.Context, c *store.Commit, role fhir.Key) (string, error) {
	body, _, err := c.Get(ctx, role)
	if err != nil || body == nil {
		return "", err
	}
	var r struct {
		Active       *bool
		Organization referenceJSON
	}
	if err := read(body, &r); err != nil || r.Active != nil && !*r.Active {
		return "", err
	}
	if key, local := search.Local(r.Organization.Reference, o.Base); local && key.Type == "Organization" {
		return key.ID, nil
	}
	return "", nil
}

// imports says that a commit is part of an import, of a record as it was kept elsewhere: what a step means has been
// done there.
func (o Options) imports(c *store.Commit) bool {
	return o.Imports != "" && slices.ContainsFunc(c.Batch.Records, func(r store.RecordWrite) bool { return r.Namespace == o.Imports })
}

// serializeOn lets only one commit of its kind at a time go through for a key, so that two don't pass a limit together:
// another that was planned meanwhile is planned again. namespace is that of its Records.
func (o Options) serializeOn(ctx context.Context, c *store.Commit, namespace, key string) error {
	if slices.ContainsFunc(c.Batch.Records, func(r store.RecordWrite) bool { return r.Namespace == namespace && r.Key == key }) {
		return nil
	}
	last, err := o.Records.Get(ctx, namespace, key)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return err
	}
	c.Batch.Records = append(c.Batch.Records, store.RecordWrite{Namespace: namespace, Key: key, Value: []byte("last"),
		Expires: o.Now().Add(time.Hour), Revision: last.Revision})
	return nil
}

// each calls do with what a session finds of a type, which the commit itself doesn't write.
func (o Options) each(ctx context.Context, c *store.Commit, s *store.Session, typ, query string, do func(*fhir.Stored) error) error {
	q, err := search.ParseCriteria(c.Batch.Registry, typ, query, search.Options{Base: o.Base, Zone: o.Zone, Now: o.Now()})
	if err != nil {
		return fhir.Fault("a rule's search for "+typ, err)
	}
	q.Sort, q.Limit = []search.Sort{{Param: spec.ID}}, 100
	for {
		page, err := s.Search(ctx, q)
		if err != nil {
			return err
		}
		for _, it := range page.Items {
			key := it.Key.Current()
			if slices.ContainsFunc(c.Batch.Writes, func(w store.Write) bool { return w.Key.Current() == key }) {
				continue
			}
			if err := do(it.Stored); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == nil {
			return nil
		}
	}
}

// there says whether a resource is, after the commit, one that who calls may know of in a patient's record: to a person
// who is online, what is hidden isn't there, whatever the app's scopes are (I2).
func (o Options) there(ctx context.Context, c *store.Commit, patient string, key fhir.Key) (bool, error) {
	i := slices.IndexFunc(c.Batch.Writes, func(w store.Write) bool { return w.Key.Current() == key })
	if i >= 0 {
		return c.Pending[i].After != nil, nil
	}
	s := c.System
	if c.Grant.Identity().Online() {
		s = c.Seen(patient)
	}
	seen, err := c.Versions(ctx, s, []fhir.Key{key})
	return seen[key] != 0, err
}

// read takes from a resource what a rule needs of it. It has been validated, so that it can be read.
func read(resource []byte, into any) error {
	if err := json.Unmarshal(resource, into); err != nil {
		return fhir.Fault("a rule's reading of a resource", err)
	}
	return nil
}

// resourceOf is a resource of a rule's own.
func resourceOf(members map[string]any) (*fhir.Resource, error) {
	text, err := json.Marshal(members)
	if err != nil {
		return nil, fhir.Fault("writing a resource of our own", err)
	}
	resource, err := codec.Decode(text, codec.Unlimited())
	if err != nil {
		return nil, fhir.Fault("reading a resource of our own", err)
	}
	return resource, nil
}

// refusal is an error of one element. coding is the NHS's code for it, or "".
func refusal(kind fhir.Kind, coding, expression, format string, args ...any) *fhir.Error {
	return &fhir.Error{Kind: kind, Issues: []fhir.Issue{{Coding: coding, Expression: expression, Text: fmt.Sprintf(format, args...)}}}
}
