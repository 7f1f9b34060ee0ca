package store

import (
	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/patch"
)

// patched applies a patch (R4 http 3.1.0.6) to the bytes as they are stored. The result must be the same resource
// still.
func patched(before *fhir.Stored, document []byte, lim codec.Limits) (*fhir.Resource, error) {
	json, err := patch.Apply(document, before.JSON)
	if err != nil {
		return nil, err
	}
	r, err := codec.Decode(json, lim)
	if err != nil {
		return nil, err
	}
	if r.Type != before.Key.Type || r.ID != before.Key.ID {
		return nil, fhir.Errorf(fhir.Unprocessable, before.Key.Type+".id", "A patch can't change resourceType or id. Take those operations out.")
	}
	return r, nil
}
