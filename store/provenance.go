package store

import (
	"context"
	"encoding/json"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// provenances adds what shall be recorded about the writes to the commit, and gives the place of each in Batch.Writes.
func (s *Session) provenances(ctx context.Context, plans []*plan, c *Commit) error {
	for _, p := range plans {
		if p.Change.Provenance == nil || !p.writes() {
			continue
		}
		r, err := s.about(p.key, p.Change.Provenance)
		if err == nil {
			err = s.addsProvenance(ctx, p, r, c)
		}
		if err != nil {
			return placed(p.At, fhir.AsError(err).InPart("X-Provenance"))
		}
	}
	return nil
}

// about is a Provenance with its target.
func (s *Session) about(key fhir.Key, text []byte) (*fhir.Resource, error) {
	var sent map[string]json.RawMessage
	if json.Unmarshal(text, &sent) != nil || string(sent["resourceType"]) != `"Provenance"` {
		return nil, fhir.Errorf(fhir.Invalid, "", "X-Provenance must be a Provenance, as JSON on one line.")
	}
	if sent["target"] != nil {
		return nil, fhir.Errorf(fhir.Invalid, "Provenance.target", "The Provenance is about what the request writes. Leave target out of X-Provenance; the server fills it in.")
	}
	var err error
	if sent["target"], err = json.Marshal([]map[string]string{{"reference": key.String()}}); err != nil {
		return nil, fhir.Fault("writing a target", err)
	}
	whole, err := json.Marshal(sent)
	if err != nil {
		return nil, fhir.Fault("writing a Provenance", err)
	}
	return codec.Decode(whole, s.store.options.Limits)
}

func (s *Session) addsProvenance(ctx context.Context, of *plan, r *fhir.Resource, c *Commit) error {
	p, err := s.plan(ctx, &Change{Action: Create, Key: fhir.Key{Type: r.Type}, Resource: r})
	if err == nil {
		err = s.prepare(ctx, p, nil)
	}
	if err != nil {
		return err
	}
	of.recorded = len(c.Batch.Writes)
	s.adds(c.Batch, p)
	c.Pending = append(c.Pending, Pending{After: p.after, Sent: p.sent})
	return nil
}
