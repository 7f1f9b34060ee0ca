package pages

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
)

// Creation is the change that makes a resource, given as JSON has it: the same as a POST to the API.
func (v *Visit) Creation(resource map[string]any) (store.Change, error) {
	text, err := json.Marshal(resource)
	if err != nil {
		return store.Change{}, fhir.Fault("writing a resource of a page", err)
	}
	made, err := codec.Decode(text, codec.Limits{})
	if err != nil {
		return store.Change{}, err
	}
	return store.Change{Action: store.Create, Key: fhir.Key{Type: made.Type}, Resource: made}, nil
}

// Set is the change that sets some elements of a version of a resource: the same as a PATCH to the API with If-Match.
// If it was changed meanwhile it is a fhir.StaleVersion.
func (v *Visit) Set(of fhir.Key, elements map[string]any) (store.Change, error) {
	var patch []map[string]any
	for name, value := range elements {
		patch = append(patch, map[string]any{"op": "add", "path": "/" + name, "value": value})
	}
	text, err := json.Marshal(patch)
	if err != nil {
		return store.Change{}, fhir.Fault("writing a patch of a page", err)
	}
	return store.Change{Action: store.Patch, Key: fhir.Key{Type: of.Type, ID: of.ID}, Patch: text,
		IfMatch: []int64{of.Version}}, nil
}

// Do makes a form's changes, all or none, and once however often the form is sent; it leads to this path then.
func (v *Visit) Do(to string, changes ...store.Change) error {
	_, err := v.Session.Transact(v.Context(), changes, v.Once(to))
	return err
}

// correctable are the kinds of what a person can put right in a form.
var correctable = []fhir.Kind{fhir.Unprocessable, fhir.Invalid, fhir.Conflict, fhir.TooLarge, fhir.Throttled}

// FaultsOf are what a refusal of a form's changes says, at the fields that the elements are asked for in: fields are by
// the beginning of the expression ("Task.note"), and by "" for all others. ok is false for what can't be put right in
// the form.
func FaultsOf(err error, fields map[string]string) (faults []Fault, ok bool) {
	var e *fhir.Error
	if !errors.As(err, &e) || !slices.Contains(correctable, e.Kind) {
		return nil, false
	}
	for _, issue := range e.Issues {
		fault := Fault{Field: fields[""], Text: issue.Text}
		for element, field := range fields {
			if element != "" && strings.HasPrefix(issue.Expression, element) {
				fault.Field = field
			}
		}
		faults = append(faults, fault)
	}
	return faults, true
}
