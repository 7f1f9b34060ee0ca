package standing

import (
	"context"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// Views are what is open online, at this moment, of the records of patients that a person acts for: what the practice,
// the patient and for a proxy (P11) the settings of the RelatedPerson say. safer asks for the reduced view of the
// second sign-in (P9). nil for who isn't online: staff are not bound by it.
func (s *Standing) Views(ctx context.Context, who access.Identity, patients []string, safer bool) (map[string]access.View, error) {
	if !who.Online() {
		return nil, nil
	}
	var proxy *delegate
	if typ, id, _ := strings.Cut(who.Person, "/"); typ == "RelatedPerson" {
		key := fhir.Key{Type: typ, ID: id}
		set, _, err := s.settings.Person(ctx, key)
		if err != nil {
			return nil, err
		}
		proxy = &delegate{set: set, held: always}
		st, err := s.session.Read(ctx, key)
		if kind := fhir.KindOf(err); err != nil && kind != fhir.NotFound && kind != fhir.Gone {
			return nil, err
		}
		if err == nil {
			if proxy.held, err = s.tenure(st); err != nil {
				return nil, err
			}
		}
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

// delegate is a proxy: what was decided, and what the RelatedPerson says.
type delegate struct {
	set  online.Person
	held tenure
}

// view is what is open of one patient's record.
func (s *Standing) view(ctx context.Context, patient string, proxy *delegate, safer bool) (v access.View, err error) {
	of, err := s.record(ctx, patient)
	if err != nil {
		return v, err
	}
	decided, err := s.settings.Practice(ctx, of.practice)
	if err != nil {
		return v, err
	}
	own, _, err := s.settings.Person(ctx, fhir.Key{Type: "Patient", ID: patient})
	if err != nil {
		return v, err
	}
	var pair *online.Person
	var until time.Time
	if proxy != nil {
		set := proxy.set.For(patient)
		if until = s.ends(set, proxy.held, decided, of); !until.IsZero() && !s.now().Before(until) {
			set = online.Person{} // as if nothing had ever been decided
		}
		pair = &set
	}
	v = online.Effective(decided, own, pair, safer)
	v.Until = until
	v.Opens, v.Closes = time.Duration(decided.BookingEmbargo), time.Duration(decided.BookingWindow)
	v.Practice, v.Closed, v.Zone = of.practice, decided.Closed, s.store.SearchOptions().Zone
	return v, nil
}

// Offered says whether a person is offered online access now: to a patient's record, or for "" to any of those acted
// for. Staff are as long as they are in office.
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

// Open says whether anything is open of a patient's record, or of any record if the person doesn't act for that
// patient.
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
