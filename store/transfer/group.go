package transfer

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// group is what is read of a Group (R4 group).
type group struct {
	Actual bool `json:"actual"`
	Member []struct {
		Entity struct {
			Reference string `json:"reference"`
		} `json:"entity"`
		Inactive bool `json:"inactive"`
	} `json:"member"`
}

// members are the ids of the Patients in a Group at a time, never nil; none if the Group wasn't there yet.
func members(ctx context.Context, s *store.Session, id string, at time.Time) ([]string, error) {
	ids := []string{}
	page, err := s.History(ctx, store.Scope{Type: "Group", ID: id, At: at, AtEnd: at.Add(time.Microsecond), Limit: 1})
	if err != nil || len(page.Items) == 0 || page.Items[0].Deleted() {
		return ids, err
	}
	var g group
	if err := json.Unmarshal(page.Items[0].JSON, &g); err != nil {
		return nil, fhir.Fault("reading a Group", err)
	}
	for _, m := range g.Member {
		typ, patient, _ := strings.Cut(m.Entity.Reference, "/")
		if typ == patientType && fhir.ValidID(patient) && !m.Inactive {
			ids = append(ids, patient)
		}
	}
	return ids, nil
}

// CheckGroup refuses what no export can be of: fhir.NotFound for a Group that the Session doesn't see,
// fhir.Unprocessable for one that names nobody but describes who would be in it.
func CheckGroup(ctx context.Context, s *store.Session, id string) error {
	st, err := s.Read(ctx, fhir.Key{Type: "Group", ID: id})
	if err != nil {
		return err
	}
	var g group
	if err := json.Unmarshal(st.JSON, &g); err != nil {
		return fhir.Fault("reading a Group", err)
	}
	if !g.Actual {
		return fhir.Errorf(fhir.Unprocessable, "Group.actual",
			"This Group describes who would be in it and names nobody. Export one with actual true, whose members are listed.")
	}
	return nil
}
