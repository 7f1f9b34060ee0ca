package access

import (
	"slices"
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Online says whether a person calls who is not staff: a patient, or a proxy of one. The practice's rules of online access are for them.
func (i Identity) Online() bool {
	return i.Person != "" && !strings.HasPrefix(i.Person, "Practitioner/")
}

// onlineWrites are the rows of online.tsv by which who asks may do something to a type of one patient's record, whatever is open of it.
// Nobody online deletes.
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

// writes is what of a type who is online may write in one patient's record: what rows of online.tsv are about, whose sections are open far
// enough. What is written must concern nobody else: by naming another as subject and oneself as performer it would be in both
// compartments, and stand in the other's record.
func (g Grant) writes(patient string, i Interaction, t *spec.Type) search.Expr {
	view, acts := g.views[patient]
	bounded := g.views != nil
	if bounded && (!acts || view.Suspended) {
		return search.Or{}
	}
	any := search.Or{}
	for _, row := range g.onlineWrites(patient, i, t) {
		switch {
		case bounded && view.Level(row.Section) < levelOf(row.Level):
		case row.Which == "":
			any = append(any, search.And{})
		default:
			any = append(any, g.registry.compiled(t, row.Which))
		}
	}
	e := search.Expr(any)
	switch {
	case len(any) == 0:
		return e
	case slices.ContainsFunc(any, everything):
		e = search.And{search.Compartment{Patient: patient}, search.Confined{Patient: patient}}
	default:
		e = search.And{search.Compartment{Patient: patient}, search.Confined{Patient: patient}, any}
	}
	if !bounded {
		return e
	}
	return both(e, search.Visible{From: view.From, Now: g.now})
}

// WritesOnline says whether anybody online may do something to a type at all. It depends on the type alone.
func WritesOnline(i Interaction, t *spec.Type) bool {
	return slices.ContainsFunc(t.Online, func(row spec.OnlineWrite) bool { return row.Creates && i == C || !row.Creates && i == U })
}
