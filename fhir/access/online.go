package access

import (
	"slices"
	"strings"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Online says whether a person calls who is not staff: a patient, or a proxy of one. The practice's rules of online
// access are for them.
func (i Identity) Online() bool {
	return i.Person != "" && !strings.HasPrefix(i.Person, "Practitioner/")
}

// onlineWrites are the rows of online.tsv by which who asks may do something to a type of one patient's record,
// whatever is open of it. Nobody online deletes.
func (g Grant) onlineWrites(patient string, i Interaction, t *spec.Type) (rows []spec.OnlineWrite) {
	by := "proxy"
	if g.identity.Person == "Patient/"+patient {
		by = "patient"
	}
	for _, row := range t.Online {
		if (row.Creates && i == C || !row.Creates && i == U) && slices.Contains(row.By, by) {
			rows = append(rows, row)
		}
	}
	return rows
}

// writes is what of a type who is online may write in one patient's record: what rows of online.tsv are about, whose
// sections are open far enough. What is written must concern nobody else: by naming another as subject and oneself as
// performer it would be in both compartments, and stand in the other's record.
func (g Grant) writes(patient string, i Interaction, t *spec.Type) expr.Expr {
	view, acts := g.views[patient]
	bounded := g.views != nil
	if bounded && (!acts || view.Suspended) {
		return expr.Or{}
	}
	any := expr.Or{}
	for _, row := range g.onlineWrites(patient, i, t) {
		switch {
		case bounded && view.Level(row.Section) < levelOf(row.Level):
		case row.Which == "":
			any = append(any, expr.And{})
		default:
			any = append(any, g.registry.compiled(t, row.Which))
		}
	}
	e := expr.AllOf(expr.Compartment{Patient: patient}, expr.Confined{Patient: patient}, any)
	if !bounded {
		return e
	}
	return expr.AllOf(e, expr.Visible{From: view.From})
}

// WritesOnline says whether anybody online may do something to a type at all. It depends on the type alone.
func WritesOnline(i Interaction, t *spec.Type) bool {
	return slices.ContainsFunc(t.Online, func(row spec.OnlineWrite) bool { return row.Creates && i == C || !row.Creates && i == U })
}
