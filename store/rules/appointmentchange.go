package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"frontdesk/fhir"
)

// only refuses a change of anything but what patients may: comment and description, and to cancel it status with its
// reason. What the patient isn't served of it stays as it is by itself, so that it is no change (I2).
func (d *bookingCommit) only(v *visit, cancels bool) error {
	before, err := members(v.Seen.JSON)
	if err != nil {
		return err
	}
	after, err := members(v.Sent.JSON)
	if err != nil {
		return err
	}
	may := []string{"comment", "description"}
	if cancels {
		may = append(may, "status", "cancelationReason")
	}
	e := &fhir.Error{Kind: fhir.Unprocessable}
	for _, name := range changed(before, after) {
		if slices.Contains(may, name) {
			continue
		}
		e.Issues = append(e.Issues, fhir.Issue{Coding: "INVALID_RESOURCE", Expression: v.Where("Appointment." + name), Text: fmt.Sprintf(
			"You can cancel an appointment, with a cancelationReason, and change its comment and description, but not %s. To move it, cancel it and book another in one transaction.", name)})
	}
	if e.Issues == nil {
		return nil
	}
	return e
}

// changed are the names of the members that differ, sorted.
func changed(before, after map[string]any) (names []string) {
	for name, value := range before {
		if !reflect.DeepEqual(value, after[name]) {
			names = append(names, name)
		}
	}
	for name := range after {
		if _, had := before[name]; !had {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// members are a resource's, without what the server writes. Numbers keep their digits.
func members(resource []byte) (m map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(resource))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		return nil, fhir.Fault("a rule's reading of a resource", err)
	}
	if meta, ok := m["meta"].(map[string]any); ok {
		delete(meta, "versionId")
		delete(meta, "lastUpdated")
		if len(meta) == 0 {
			delete(m, "meta")
		}
	}
	return m, nil
}
