package store

import (
	"bytes"
	"encoding/json"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/patch"
	"frontdesk/fhir/spec"
)

// online refuses what nobody may write online (I9), by the resource as the caller is served it and as he or she sends it, and adds the tag that
// such a resource has. Whatever way a write came, it comes here.
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
	var of struct {
		Meta *struct{ Tag []spec.Coding }
	}
	if err := json.Unmarshal(r.JSON, &of); err != nil {
		return nil, fhir.Fault("reading the tags of what is written online", err)
	}
	var ops bytes.Buffer
	value := fmt.Sprintf(`{"system":%q,"code":%q}`, tag.System, tag.Code)
	switch {
	case of.Meta == nil:
		fmt.Fprintf(&ops, `[{"op":"add","path":"/meta","value":{"tag":[%s]}}]`, value)
	case of.Meta.Tag == nil:
		fmt.Fprintf(&ops, `[{"op":"add","path":"/meta/tag","value":[%s]}]`, value)
	default:
		for _, has := range of.Meta.Tag {
			if has == tag {
				return r, nil
			}
		}
		fmt.Fprintf(&ops, `[{"op":"add","path":"/meta/tag/-","value":%s}]`, value)
	}
	text, err := patch.Apply(ops.Bytes(), r.JSON)
	if err != nil {
		return nil, fhir.Fault("tagging what is written online", err)
	}
	return codec.Decode(text, s.store.options.Limits)
}
