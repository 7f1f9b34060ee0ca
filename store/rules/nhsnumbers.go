package rules

import (
	"context"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/store"
)

// NHSNumbers keeps an NHS number one person's: an invalid one is refused, and two active Patients of one practice never
// have the same, whichever way they come.
type NHSNumbers struct{ Options }

// numbered is the namespace of the Records by which two Patients who get one number at once don't pass together.
const numbered = "nhs-numbers"

// registration is what matters here of a Patient.
type registration struct {
	Active     *bool
	Identifier []struct{ System, Value string }
}

// Apply is cheap for a commit without a Patient.
func (n NHSNumbers) Apply(ctx context.Context, c *store.Commit) error {
	here := map[[2]string]bool{} // by practice and number
	for i := range c.Pending {
		w, p := &c.Batch.Writes[i], &c.Pending[i]
		if w.Key.Type != "Patient" || p.After == nil {
			continue
		}
		var after, before registration
		if err := read(p.After.JSON, &after); err != nil {
			return err
		}
		if p.Before != nil && !p.Before.Deleted() {
			if err := read(p.Before.JSON, &before); err != nil {
				return err
			}
		}
		for at, id := range after.Identifier {
			if id.System != fhir.NHSNumber || id.Value == "" {
				continue
			}
			where := p.Where(fmt.Sprintf("Patient.identifier[%d].value", at))
			if !fhir.IsNHSNumber(id.Value) {
				if before.has(id.Value) { // it was stored before this was checked, and stays changeable
					continue
				}
				return refusal(fhir.Invalid, "INVALID_NHS_NUMBER", where,
					"This is no NHS number: that is ten digits without spaces, of which the last is a check digit. Correct it.").About(w.Key.Current())
			}
			if !after.active() {
				continue
			}
			practice, _, err := n.registered(ctx, c, w.Key.ID)
			if err != nil {
				return err
			}
			taken := here[[2]string{practice, id.Value}]
			if here[[2]string{practice, id.Value}] = true; !taken {
				if taken, err = n.taken(ctx, c, w.Key.Current(), practice, id.Value); err != nil {
					return err
				}
			}
			if taken {
				e := refusal(fhir.Conflict, "DUPLICATE_REJECTED", where,
					"An active patient of the practice has this NHS number. Update that one, or make it inactive first; search for it by identifier.")
				e.Issues[0].Code = "duplicate"
				return e.About(w.Key.Current())
			}
		}
	}
	return nil
}

func (r registration) active() bool { return r.Active == nil || *r.Active }

func (r registration) has(number string) bool {
	for _, id := range r.Identifier {
		if id.System == fhir.NHSNumber && id.Value == number {
			return true
		}
	}
	return false
}

// taken says that another active Patient of a practice has a number.
func (n NHSNumbers) taken(ctx context.Context, c *store.Commit, whose fhir.Key, practice, number string) (taken bool, err error) {
	if err := n.serializeOn(ctx, c, numbered, practice+"/"+number); err != nil {
		return false, err
	}
	err = n.each(ctx, c, c.System, "Patient", "identifier="+fhir.NHSNumber+"%7C"+number, func(st *fhir.Stored) error {
		var other registration
		if err := read(st.JSON, &other); err != nil || !other.active() || st.Key.Current() == whose {
			return err
		}
		at, _, err := n.registered(ctx, c, st.Key.ID)
		taken = taken || at == practice
		return err
	})
	return taken, err
}
