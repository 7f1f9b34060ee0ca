package store

import (
	"errors"
	"fmt"
	"strconv"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// A patch is small by nature. The bounds keep a short document from costing much: "copy" can double what is there each time.
const (
	maxPatchBytes      = 1 << 20
	maxPatchOperations = 1000
	maxPatchedBytes    = 16 << 20
)

// patched applies a JSON Patch (RFC 6902, R4 http 3.1.0.6) to the bytes as they are stored, so that what it doesn't touch
// keeps its decimals and its order. The result must be the same resource still.
func patched(before *fhir.Stored, document []byte, lim codec.Limits) (*fhir.Resource, error) {
	if len(document) > maxPatchBytes {
		return nil, fhir.Errorf(fhir.TooLarge, "", "The patch is longer than %d bytes. Send the whole resource with PUT instead.", maxPatchBytes)
	}
	patch, err := jsonpatch.DecodePatch(document)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "",
			"The body is not a JSON Patch (RFC 6902): send an array of operations, each with op and path.%s", detail(err))
	}
	if len(patch) > maxPatchOperations {
		return nil, fhir.Errorf(fhir.TooLarge, "",
			"The patch has more than %d operations. Send the whole resource with PUT instead.", maxPatchOperations)
	}
	for i, op := range patch {
		if _, has := op["value"]; !has && needsValue[op.Kind()] {
			return nil, fhir.Errorf(fhir.Invalid, "", "Operation %d of the patch (%s) has no value. Give it one (RFC 6902 section 4).", i, op.Kind())
		}
	}
	json, err := apply(patch, before.JSON)
	if errors.Is(err, jsonpatch.ErrTestFailed) {
		return nil, fhir.Errorf(fhir.Unprocessable, "",
			"A test of the patch failed, so nothing was changed. Read the resource and make the patch again. (%w)", err)
	}
	if number := new(strconv.NumError); errors.As(err, &number) {
		return nil, fhir.Errorf(fhir.Unprocessable, "",
			"A path of the patch must name an element of an array by its number, as /name/0. Read the resource and make the patch again.")
	}
	if err != nil {
		return nil, fhir.Errorf(fhir.Unprocessable, "", "The patch does not fit the resource: %w. Read the resource and make the patch again.", err)
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

// detail is what the library says of a document, in parentheses: of an operation, that is. What it says of JSON is about its own
// types, and helps nobody.
func detail(err error) string {
	if errors.Is(err, jsonpatch.ErrInvalid) || errors.Is(err, jsonpatch.ErrMissing) {
		return fmt.Sprintf(" (%v)", err)
	}
	return ""
}

// needsValue are the operations that must have the member value (RFC 6902 section 4).
var needsValue = map[string]bool{"add": true, "replace": true, "test": true}

// apply is the library's, but that its panics on odd documents (fuzzing found some) become errors.
func apply(patch jsonpatch.Patch, doc []byte) (out []byte, err error) {
	defer func() {
		if recover() != nil {
			err = jsonpatch.ErrInvalid
		}
	}()
	o := jsonpatch.NewApplyOptions()
	o.SupportNegativeIndices = false // RFC 6901 has none
	o.AccumulatedCopySizeLimit = maxPatchedBytes
	o.EscapeHTML = false
	return patch.ApplyWithOptions(doc, o)
}
