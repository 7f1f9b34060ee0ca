package store

import (
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
)

// online refuses what nobody may write online (I9), by the resource as the caller is served it and as he or she sends
// it, and adds the tag that such a resource has. Whatever way a write came, it comes here.
func (s *Session) online(p *plan) error {
	if !s.grant.Identity().Online() {
		return nil
	}
	w := access.Written{Type: p.t, After: p.sent.JSON, Base: s.store.options.Base}
	if p.present() {
		w.Before = p.seen.JSON
	}
	row, err := s.grant.Judge(w)
	if err == nil && row.Tag != (spec.Coding{}) {
		p.sent, err = s.tagged(p.sent, row.Tag)
	}
	return err
}

// tagged is a resource with a tag, whether it had that or not.
func (s *Session) tagged(r *fhir.Resource, tag spec.Coding) (*fhir.Resource, error) {
	text, err := withTag(r.JSON, tag)
	if err != nil || len(text) == len(r.JSON) {
		return r, err
	}
	limits := s.store.options.Limits
	limits.Lacking = r.Lacks != nil
	return codec.Decode(text, limits)
}
