package patch

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"frontdesk/fhir"
)

// A patch is small by nature. The bounds keep a short document from costing much: "copy" can double what is there each
// time.
const (
	maxBytes      = 1 << 20
	maxOperations = 1000
	maxPatched    = 16 << 20
)

// Apply applies a patch to a resource's JSON: a JSON Patch, which is an array, a FHIRPath Patch, which is a Parameters,
// or an XML Patch, which is a diff. The error is a *fhir.Error: Invalid for what is no patch, Unprocessable for one
// that doesn't fit the resource, TooLarge for one beyond the bounds.
func Apply(document, resource []byte) ([]byte, error) {
	if len(document) > maxBytes {
		return nil, fhir.Errorf(fhir.TooLarge, "",
			"The patch is longer than %d bytes. Send the whole resource with PUT instead.", maxBytes)
	}
	switch {
	case IsParameters(document):
		return applyParameters(document, resource)
	case IsXML(document):
		return applyXML(document, resource)
	}
	return applyJSON(document, resource)
}

// IsParameters says that a patch is a FHIRPath Patch.
func IsParameters(document []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(document, " \t\r\n"), []byte("{"))
}

func applyJSON(document, resource []byte) ([]byte, error) {
	patch, err := jsonpatch.DecodePatch(document)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "",
			"The body is not a JSON Patch (RFC 6902): send an array of operations, each with op and path.%s", detail(err))
	}
	if len(patch) > maxOperations {
		return nil, tooMany()
	}
	for i, op := range patch {
		if _, has := op["value"]; !has && needsValue[op.Kind()] {
			return nil, fhir.Errorf(fhir.Invalid, "",
				"Operation %d of the patch (%s) has no value. Give it one (RFC 6902 section 4).", i, op.Kind())
		}
	}
	json, err := run(patch, resource)
	number := new(strconv.NumError)
	switch {
	case errors.Is(err, jsonpatch.ErrTestFailed):
		return nil, fhir.Errorf(fhir.Unprocessable, "",
			"A test of the patch failed, so nothing was changed. Read the resource and make the patch again. (%w)", err)
	case errors.As(err, &number):
		return nil, fhir.Errorf(fhir.Unprocessable, "",
			"A path of the patch must name an element of an array by its number, as /name/0. Read the resource and make the patch again.")
	case err != nil:
		return nil, fhir.Errorf(fhir.Unprocessable, "",
			"The patch does not fit the resource: %w. Read the resource and make the patch again.", err)
	}
	return json, nil
}

func tooMany() error {
	return fhir.Errorf(fhir.TooLarge, "",
		"The patch has more than %d operations. Send the whole resource with PUT instead.", maxOperations)
}

// detail is what the library says of a document, in parentheses: of an operation, that is. What it says of JSON is
// about its own types, and helps nobody.
func detail(err error) string {
	if errors.Is(err, jsonpatch.ErrInvalid) || errors.Is(err, jsonpatch.ErrMissing) {
		return fmt.Sprintf(" (%v)", err)
	}
	return ""
}

// needsValue are the operations that must have the member value (RFC 6902 section 4).
var needsValue = map[string]bool{"add": true, "replace": true, "test": true}

// run is the library's, but that its panics on odd documents (fuzzing found some) become errors.
func run(patch jsonpatch.Patch, doc []byte) (out []byte, err error) {
	defer func() {
		if recover() != nil {
			err = jsonpatch.ErrInvalid
		}
	}()
	o := jsonpatch.NewApplyOptions()
	o.SupportNegativeIndices = false // RFC 6901 has none
	o.AccumulatedCopySizeLimit = maxPatched
	o.EscapeHTML = false
	return patch.ApplyWithOptions(doc, o)
}
