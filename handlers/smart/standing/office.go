package standing

import (
	"context"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
)

// InOffice says whether a member of staff is one still: not if the Practitioner is inactive or deleted. Of others it is
// true: whether a proxy is one is Patients' to say.
func (s *Standing) InOffice(ctx context.Context, person string) (bool, error) {
	typ, id, _ := strings.Cut(person, "/")
	if typ != "Practitioner" {
		return true, nil
	}
	return s.counts(ctx, fhir.Key{Type: typ, ID: id})
}

// counts says whether what a person is, or stands for, is there: a resource that was deleted isn't, and neither is a
// Practitioner or Organization that isn't active. One that was never here, as of a store that holds only a part,
// counts: nobody has said that it is over.
func (s *Standing) counts(ctx context.Context, key fhir.Key) (bool, error) {
	st, err := s.session.Read(ctx, key)
	switch kind := fhir.KindOf(err); {
	case err != nil && kind == fhir.Gone:
		return false, nil
	case err != nil && kind == fhir.NotFound:
		return true, nil
	case err != nil:
		return false, err
	case key.Type == "Patient": // who has left a practice may still read; an inactive record is one that isn't written any more
		return true, nil
	}
	if over, known := s.over.Get(st.Key); known {
		return !over, nil
	}
	res, err := codec.Decode(st.JSON, codec.Unlimited())
	if err != nil {
		return false, fhir.Fault("reading "+st.Key.String(), err)
	}
	o := s.store.SearchOptions()
	t, _ := s.store.Registry().Type(key.Type)
	over := false
	for _, v := range (search.Indexer{Base: o.Base, Zone: o.Zone}).Values(t.Params["active"], res.Message) {
		if token, ok := v.(search.Token); ok && token.Code == "false" {
			over = true
		}
	}
	s.over.Add(st.Key, over)
	return !over, nil
}
