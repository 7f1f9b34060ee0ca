package online

import (
	"context"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// MarkSuspended has those be found as suspended (fhir.Facts.Suspended) whose online access was switched off before
// there was such a mark. What is decided from then on is marked in the commit that decides it (rules.Suspensions).
func MarkSuspended(ctx context.Context, st *store.Store) error {
	var suspended []fhir.Key
	var fault error
	err := st.Records().Scan(ctx, Namespace, "", func(r store.Record) bool {
		off, err := Suspends(store.RecordWrite{Namespace: r.Namespace, Key: r.Key, Value: r.Value})
		if typ, id, _ := strings.Cut(r.Key, "/"); off {
			suspended = append(suspended, fhir.Key{Type: typ, ID: id})
		}
		fault = err
		return err == nil
	})
	if err == nil {
		err = fault
	}
	system := st.As(access.Everything("online access"), store.Unobserved)
	for _, key := range suspended {
		if err != nil {
			return err
		}
		now, missing := system.Read(ctx, key)
		if missing != nil || now.Facts.Suspended {
			continue
		}
		err = system.Mark(ctx, key, func(f fhir.Facts) fhir.Facts { f.Suspended = true; return f })
	}
	return err
}
