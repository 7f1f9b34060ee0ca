package standing

import (
	"cmp"
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store/online"
)

// record is what a version of a Patient says that matters here.
type record struct {
	practice string    // id of the organization where the patient is registered, "" for none
	roles    []string  // ids of the PractitionerRoles that are general practitioners: they say it if nothing else does
	born     time.Time // the first moment of the day of birth; of a month or year, of that. Zero: it isn't said
}

// Ends is when the access of a proxy, a version of a RelatedPerson, to a patient's record ends by itself, or has
// ended: by the period of the RelatedPerson, or by what is set (online.Person.Ends); zero: never.
func (s *Standing) Ends(ctx context.Context, proxy *fhir.Stored, patient string, set online.Person) (time.Time, error) {
	of, err := s.record(ctx, patient)
	if err != nil {
		return time.Time{}, err
	}
	practice, err := s.settings.Practice(ctx, of.practice)
	if err != nil {
		return time.Time{}, err
	}
	held, err := s.tenure(proxy)
	if err != nil {
		return time.Time{}, err
	}
	return s.ends(set, held, practice, of), nil
}

// ends is Ends of what has been read.
func (s *Standing) ends(set online.Person, held tenure, practice online.Practice, of record) time.Time {
	end := set.Ends(practice, held.parent, of.born)
	if held.until < search.MaxTime {
		end = online.Sooner(end, time.UnixMicro(held.until))
	}
	return end
}

// record reads a Patient; the zero record if there is none. A patient who has a general practitioner by a role alone is
// registered where that role is now (D12).
func (s *Standing) record(ctx context.Context, patient string) (record, error) {
	of, err := s.said(ctx, patient)
	if err != nil || of.practice != "" {
		return of, err
	}
	for _, id := range of.roles {
		st, err := s.session.Read(ctx, fhir.Key{Type: "PractitionerRole", ID: id})
		if kind := fhir.KindOf(err); err != nil && (kind == fhir.NotFound || kind == fhir.Gone) {
			continue
		}
		if err != nil {
			return of, err
		}
		at, err := s.standing(ctx, nil, st)
		if err != nil {
			return of, err
		}
		if len(at) > 0 {
			of.practice = at[0]
			break
		}
	}
	return of, nil
}

// said is what a Patient says by itself.
func (s *Standing) said(ctx context.Context, patient string) (of record, err error) {
	st, err := s.session.Read(ctx, fhir.Key{Type: "Patient", ID: patient})
	if kind := fhir.KindOf(err); err != nil && (kind == fhir.NotFound || kind == fhir.Gone) {
		return of, nil
	}
	if err != nil {
		return of, err
	}
	if of, known := s.patients.Get(st.Key); known {
		return of, nil
	}
	res, err := codec.Decode(st.JSON, codec.Unlimited())
	if err != nil {
		return of, fhir.Fault("reading "+st.Key.String(), err)
	}
	o := s.store.SearchOptions()
	x := search.Indexer{Base: o.Base, Zone: o.Zone}
	t, _ := s.store.Registry().Type("Patient")
	for _, code := range []string{"organization", "general-practitioner"} {
		for _, b := range t.Params[code].Answers() {
			for _, v := range x.Values(b.Param, res.Message) {
				switch ref, ok := v.(search.Ref); {
				case !ok || ref.ID == "":
				case ref.Type == "Organization" && of.practice == "":
					of.practice = ref.ID
				case ref.Type == "PractitionerRole":
					of.roles = append(of.roles, ref.ID)
				}
			}
		}
	}
	for _, v := range x.Values(t.Params["birthdate"], res.Message) {
		if day, ok := v.(search.DateRange); ok {
			of.born = time.UnixMicro(day.Lo).In(cmp.Or(o.Zone, search.London()))
		}
	}
	s.patients.Add(st.Key, of)
	return of, nil
}

// parental says that a RelatedPerson is a parent by its relationships, or of no known one.
func parental(relationships []search.Value) bool {
	known := false
	for _, v := range relationships {
		token, ok := v.(search.Token)
		if ok && slices.Contains(spec.Parents()[token.System], token.Code) {
			return true
		}
		known = known || ok && token.Code != ""
	}
	return !known
}
