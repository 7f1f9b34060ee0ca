package rules

import (
	"context"
	"encoding/json"
	"slices"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/online"
)

// OnlineConsents keeps the Consents in which EHRs read what was decided about online access just that: they change with
// the settings, by $online-access, and in no other way. A patient doesn't see them, for they would tell of a safer view
// (P9).
type OnlineConsents struct{}

// Apply refuses a commit that changes such a Consent without the settings.
func (OnlineConsents) Apply(_ context.Context, c *store.Commit) error {
	decided := slices.ContainsFunc(c.Batch.Records, online.Decides)
	for i := range c.Batch.Writes {
		w, p := &c.Batch.Writes[i], &c.Pending[i]
		if w.Key.Type != "Consent" || !ours(p) {
			continue
		}
		if !decided {
			return fhir.Errorf(fhir.NotAllowed, p.At, "This Consent shows what was decided about online access. Change that by $online-access of the patient or related person.").About(w.Key)
		}
		w.Facts.Hidden = true
	}
	return nil
}

// ours says that a Consent is one of those, before or after.
func ours(p *store.Pending) bool {
	return p.Before != nil && decides(p.Before.JSON) || p.After != nil && decides(p.After.JSON)
}

func decides(consent []byte) bool {
	var r struct{ Identifier []struct{ System string } }
	if json.Unmarshal(consent, &r) != nil {
		return false // it has been validated, or is the tombstone of one that is judged by Before
	}
	return slices.ContainsFunc(r.Identifier, func(i struct{ System string }) bool { return i.System == online.System })
}
