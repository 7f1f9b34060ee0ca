package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
)

// blind finds out whether the caller may change a resource and not read it. Of what is wrong with the change such a
// caller is told nothing that depends on what is there, and no patch is made: whatever it says, whether it can be
// applied and whether what comes of it is valid depends on what is there, and tells of it. What is given makes of an
// error what may be told.
func (s *Session) blind(ctx context.Context, p *plan) (func(error) error, error) {
	tell := func(err error) error { return err }
	if !p.present() || p.Action == Delete || s.grant.Unrestricted(access.R) {
		return tell, nil
	}
	if reads, err := s.reachesNow(ctx, access.R, p.before); reads || err != nil {
		return tell, err
	}
	p.blind = true
	if p.Action == Patch {
		return nil, untold(p.key)
	}
	return func(err error) error {
		if kind := fhir.KindOf(err); kind == fhir.Internal || kind == fhir.TimedOut || kind == fhir.Unavailable {
			return err
		}
		return untold(p.key)
	}, nil
}

// untold is what is told of any fault of a change to a resource that can't be read.
func untold(key fhir.Key) error {
	return fhir.Errorf(fhir.Unprocessable, "",
		"This change to %s can't be made. Your access lets you change it and not read it, so you aren't told why, and it "+
			"can't be patched. Send the whole resource, or ask for the scope to read it too.", key.Type).About(key)
}

// told is what may be told of a rule's refusal: the rule has seen what was there.
func told(plans []*plan, err error) error {
	i := slices.IndexFunc(plans, func(p *plan) bool { return p.blind })
	switch kind := fhir.KindOf(err); {
	case i < 0 || kind == fhir.Internal || kind == fhir.TimedOut || kind == fhir.Unavailable:
		return err
	}
	return untold(plans[i].key)
}
