package standing

import (
	"context"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/store/online"
)

// Views are what is open online, at this moment, of the records of patients that a person acts for: what the practice, the patient and
// for a proxy (P11) the settings of the RelatedPerson say. safer asks for the reduced view of the second sign-in (P9). nil for who isn't
// online: staff are not bound by it.
func (s *Standing) Views(ctx context.Context, who access.Identity, patients []string, safer bool) (map[string]access.View, error) {
	if !who.Online() {
		return nil, nil
	}
	var proxy *online.Person
	if typ, id, _ := strings.Cut(who.Person, "/"); typ == "RelatedPerson" {
		set, _, err := s.settings.Person(ctx, fhir.Key{Type: typ, ID: id})
		if err != nil {
			return nil, err
		}
		proxy = &set
	}
	views := make(map[string]access.View, len(patients))
	for _, id := range patients {
		v, err := s.view(ctx, id, proxy, safer)
		if err != nil {
			return nil, err
		}
		views[id] = v
	}
	return views, nil
}

// view is what is open of one patient's record.
func (s *Standing) view(ctx context.Context, patient string, proxy *online.Person, safer bool) (v access.View, err error) {
	practice, err := s.practice(ctx, patient)
	if err != nil {
		return v, err
	}
	decided, err := s.settings.Practice(ctx, practice)
	if err != nil {
		return v, err
	}
	own, _, err := s.settings.Person(ctx, fhir.Key{Type: "Patient", ID: patient})
	if err != nil {
		return v, err
	}
	if proxy != nil {
		pair := proxy.For(patient)
		proxy = &pair
	}
	v = online.Effective(decided, own, proxy, safer)
	v.Opens, v.Closes = time.Duration(decided.BookingEmbargo), time.Duration(decided.BookingWindow)
	v.Practice, v.Closed, v.Zone = practice, decided.Closed, s.store.SearchOptions().Zone
	return v, nil
}

// Offered says whether a person is offered online access now: to a patient's record, or for "" to any of those acted for. Staff are as long as they
// are in office.
func (s *Standing) Offered(ctx context.Context, who access.Identity, patient string, safer bool) (bool, error) {
	if !who.Online() {
		return s.InOffice(ctx, who.Person)
	}
	patients, err := s.Patients(ctx, who.Person)
	if err != nil {
		return false, err
	}
	views, err := s.Views(ctx, who, patients, safer)
	return Open(views, patient), err
}

// Open says whether anything is open of a patient's record, or of any record if the person doesn't act for that patient.
func Open(views map[string]access.View, patient string) bool {
	if v, acts := views[patient]; acts {
		return !v.Suspended
	}
	for _, v := range views {
		if !v.Suspended {
			return true
		}
	}
	return false
}

// practice is the id of the organization where a patient is registered: the managing one, or an Organization that is the general
// practitioner; "" if there is none.
func (s *Standing) practice(ctx context.Context, patient string) (string, error) {
	st, err := s.session.Read(ctx, fhir.Key{Type: "Patient", ID: patient})
	if kind := fhir.KindOf(err); err != nil && (kind == fhir.NotFound || kind == fhir.Gone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if id, known := s.registered.Get(st.Key); known {
		return id, nil
	}
	res, err := codec.Decode(st.JSON, codec.Unlimited())
	if err != nil {
		return "", fhir.Fault("reading "+st.Key.String(), err)
	}
	o := s.store.SearchOptions()
	x := search.Indexer{Base: o.Base, Zone: o.Zone}
	t, _ := s.store.Registry().Type("Patient")
	found := ""
	for _, code := range []string{"organization", "general-practitioner"} {
		for _, b := range t.Params[code].Answers() {
			for _, v := range x.Values(b.Param, res.Message) {
				if ref, ok := v.(search.Ref); ok && ref.Type == "Organization" && ref.ID != "" && found == "" {
					found = ref.ID
				}
			}
		}
	}
	s.registered.Add(st.Key, found)
	return found, nil
}
