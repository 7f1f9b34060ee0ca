package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// whole is what the caller makes of a resource, with what he or she isn't served of it put back. So who is online
// changes what is served and nothing else: a PUT doesn't take away what it can't name, and no test or index of a patch
// tells of it (I2).
//
// Where that would make a resource that R4 doesn't allow, as one with two kinds of value where the caller has sent the
// second, what was sent stands: to the caller it's the only one.
//
// What is sent may lack what was left out and can't be missing, as the actor of a participant: it is whole with that.
func (s *Session) whole(ctx context.Context, p *plan) (*fhir.Resource, error) {
	if p.seen == p.before {
		return p.sent, lacks(p.sent)
	}
	v, err := s.redaction(ctx, p.before.JSON, p.sent.JSON)
	if err != nil {
		return nil, err
	}
	json, err := codec.MergeRedacted(p.before.JSON, p.sent.JSON, v.hidden)
	if err != nil {
		return nil, err
	}
	limits := codec.Unlimited()
	limits.Kept = p.sent.Lacks == nil
	if r, err := codec.Decode(json, limits); err == nil {
		return r, nil
	}
	return p.sent, lacks(p.sent)
}

// lacks is what is wrong with a resource that R4 requires more of.
func lacks(r *fhir.Resource) error {
	if r.Lacks == nil {
		return nil
	}
	return &fhir.Error{Kind: fhir.Invalid, Issues: r.Lacks}
}
