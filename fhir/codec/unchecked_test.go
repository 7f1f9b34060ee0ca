package codec

import (
	"testing"

	"frontdesk/fhir/model"
)

// TestB16_AllConstraintsOfR4AreChecked holds that none of R4's constraints is left out, and which need more than
// conditions: they cost a second reading of the resource, so types that are written often must have none.
func TestB16_AllConstraintsOfR4AreChecked(t *testing.T) {
	compiled, asked, hand := 0, map[string]bool{}, 0
	for of := range model.R4().Types {
		typ := r4().types[of.Descriptor.FullName()]
		if typ.plan == nil {
			continue
		}
		total := len(of.Constraints)
		for _, e := range of.Elements {
			total += len(e.Constraints)
		}
		all := constraintsOf(typ.plan, of)
		hand += total - len(all)
		for _, c := range all {
			switch {
			case c.holds != nil:
				compiled++
			case c.asks != nil:
				asked[of.Name+" "+c.Key] = true
			default:
				t.Errorf("%s of %s is not checked", c.Key, of.Name)
			}
		}
	}
	t.Logf("%d constraints are compiled, %d asked, %d checked by hand", compiled, len(asked), hand)
	for name := range asked {
		for _, hot := range []string{"Patient", "Observation", "Appointment", "Slot", "MedicationRequest", "Communication", "Bundle", "Task"} {
			if len(name) > len(hot) && (name[:len(hot)+1] == hot+" " || name[:len(hot)+1] == hot+".") {
				t.Errorf("%s isn't compiled", name)
			}
		}
	}
}
