package people

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// recent is how many entries of the audit are looked at to tell what an app saw.
const recent = 200

// Seen is what an app saw by an approval, newest first, from the audit. Of the whole practice's records, which staff
// can allow, nothing is told here.
func (p *People) Seen(ctx context.Context, approval state.Approval) ([]signin.Seen, error) {
	patient := approval.Patient
	if patient == "" {
		own, err := p.standing.Patients(ctx, approval.Person)
		if err != nil || len(own) == 0 {
			return nil, err
		}
		patient = own[0]
	}
	sights, err := audit.Sights(ctx, p.store, approval.ID, patient, recent)
	if err != nil {
		return nil, err
	}
	seen := make([]signin.Seen, len(sights))
	for i, sight := range sights {
		seen[i] = signin.Seen{When: sight.When, What: inWords(p.store.Registry(), sight.Types)}
	}
	return seen, nil
}

// inWords says in which sections of the record resources are that were shown: "Test results: 12 entries. Personal
// details: 1 entry."
func inWords(r *spec.Registry, counts []audit.Count) string {
	var titles []string
	totals := map[string]int{}
	for _, count := range counts {
		title := titleOf(r, count.Type)
		if !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		totals[title] += count.N
	}
	for i, title := range titles {
		entries := " entries."
		if totals[title] == 1 {
			entries = " entry."
		}
		titles[i] += ": " + strconv.Itoa(totals[title]) + entries
	}
	return strings.Join(titles, " ")
}

// titleOf is the section of a resource type. Of a type that several share, which one it was is not in the audit, so
// each is named.
func titleOf(r *spec.Registry, typ string) string {
	t, known := r.Type(typ)
	if !known || t.Access == nil {
		return "Other"
	}
	var titles []string
	for _, section := range r.Sections() {
		if t.Access.In(section.Name) {
			titles = append(titles, section.Title)
		}
	}
	if titles == nil {
		return "Other"
	}
	return strings.Join(titles, " or ")
}
