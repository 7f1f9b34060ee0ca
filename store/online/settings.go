package online

import (
	"context"
	"encoding/json"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// Namespace is where they are kept in the Records, by reference: "Organization/1", "Patient/2", "RelatedPerson/3".
const Namespace = "online-access"

// OfPractice is what an organization has decided, Defaults if nothing yet. id may be "", of a patient who is registered
// nowhere.
func OfPractice(ctx context.Context, r store.Records, id string) (Practice, error) {
	p := Defaults()
	_, err := get(ctx, r, fhir.Key{Type: "Organization", ID: id}, &p)
	return p, err
}

// OfPerson is what was decided for a Patient or, as a proxy, a RelatedPerson; set is false if nothing was.
func OfPerson(ctx context.Context, r store.Records, who fhir.Key) (p Person, set bool, err error) {
	set, err = get(ctx, r, who, &p)
	return p, set, err
}

func get(ctx context.Context, r store.Records, who fhir.Key, into any) (bool, error) {
	value, err := read(ctx, r, who)
	if err != nil || value == nil {
		return false, err
	}
	if err := json.Unmarshal(value, into); err != nil {
		return false, fhir.Fault("reading the online access of "+who.String(), err)
	}
	return true, nil
}

// read is a record as it is kept; nil if there is none.
func read(ctx context.Context, r store.Records, who fhir.Key) ([]byte, error) {
	if who.ID == "" {
		return nil, nil
	}
	record, err := r.Get(ctx, Namespace, who.Current().String())
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return nil, nil
	}
	return record.Value, err
}

// Write is the record that sets what was decided for an Organization (settings a Practice), a Patient or a
// RelatedPerson (a Person), to be committed with the resource that shows it to EHRs. The last one to set it wins:
// revision -1.
func Write(who fhir.Key, settings any) (store.RecordWrite, error) {
	value, err := json.Marshal(settings)
	if err != nil {
		return store.RecordWrite{}, fhir.Fault("writing the online access of "+who.String(), err)
	}
	return store.RecordWrite{Namespace: Namespace, Key: who.Current().String(), Value: value, Revision: -1}, nil
}

// Revision is that of the record of what was decided, 0 if there is none: for a Write that must find it unchanged.
func Revision(ctx context.Context, r store.Records, who fhir.Key) (int64, error) {
	record, err := r.Get(ctx, Namespace, who.Current().String())
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return 0, nil
	}
	return record.Revision, err
}

// Set is Write, committed by itself.
func Set(ctx context.Context, st *store.Store, who fhir.Key, settings any) error {
	w, err := Write(who, settings)
	if err != nil {
		return err
	}
	_, err = st.As(access.Everything("online access"), store.Unobserved).Transact(ctx, nil, w)
	return err
}
