package entries

import (
	binary "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/binary_go_proto"

	"frontdesk/fhir"
)

// jsonPatch is the media type of the one patch format there is (RFC 6902).
const jsonPatch = "application/json-patch+json"

// Patch is the JSON Patch that the resource of a PATCH entry carries: a Binary whose contentType says so and whose data
// are the document in base64 (R4 http 3.1.0.6.1).
func Patch(r *fhir.Resource) ([]byte, error) {
	b, ok := r.Message.Interface().(*binary.Binary)
	if !ok {
		return nil, fhir.Errorf(fhir.Invalid, "",
			"A PATCH entry must carry a Binary with contentType %s and the patch as base64 in data; found a %s. (FHIRPath patch, by Parameters, is not offered.)", jsonPatch, r.Type)
	}
	if got := b.GetContentType().GetValue(); got != jsonPatch {
		return nil, fhir.Errorf(fhir.Invalid, "contentType", "The patch must have contentType %s.", jsonPatch)
	}
	if len(b.GetData().GetValue()) == 0 {
		return nil, fhir.Errorf(fhir.Invalid, "data", "The patch is missing. Put the JSON Patch into data, as base64.")
	}
	return b.GetData().GetValue(), nil
}
