package handlers

import (
	binary "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/binary_go_proto"

	"frontdesk/fhir"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// patch is PATCH [type]/[id] and PATCH [type]?criteria by a JSON Patch (R4 http 3.1.0.6). The Session applies it, on the version
// that is current when it commits.
func (s *Server) patch(r *Request) (store.Change, error) {
	c, err := s.change(r, store.Patch)
	c.Patch = r.Body
	return c, err
}

// patchOf is the JSON Patch that the resource of a PATCH entry carries: a Binary whose contentType says so and whose data
// are the document in base64 (R4 http 3.1.0.6.1).
func patchOf(r *fhir.Resource) ([]byte, error) {
	if r == nil {
		return nil, fhir.Errorf(fhir.Invalid, "Binary", "There is no patch. Send it as a Binary with contentType %s and the patch as base64 in data.", wire.JSONPatch)
	}
	b, ok := r.Message.Interface().(*binary.Binary)
	if !ok {
		return nil, fhir.Errorf(fhir.Invalid, r.Type,
			"A PATCH entry must carry a Binary with contentType %s and the patch as base64 in data; found a %s. (FHIRPath patch, by Parameters, is not offered.)", wire.JSONPatch, r.Type)
	}
	if got := b.GetContentType().GetValue(); got != wire.JSONPatch {
		return nil, fhir.Errorf(fhir.Invalid, "Binary.contentType", "The patch must have contentType %s.", wire.JSONPatch)
	}
	if len(b.GetData().GetValue()) == 0 {
		return nil, fhir.Errorf(fhir.Invalid, "Binary.data", "The patch is missing. Put the JSON Patch into data, as base64.")
	}
	return b.GetData().GetValue(), nil
}
