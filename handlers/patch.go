package handlers

import (
	binary "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/binary_go_proto"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/patch"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// patch is PATCH [type]/[id] and PATCH [type]?criteria by a JSON Patch, an XML Patch or a FHIRPath Patch (R4 http
// 3.1.0.6). The Session applies it, on the version that is current when it commits.
func (s *Server) patch(r *Request) (store.Change, error) {
	c, err := s.change(r, store.Patch)
	c.Patch = r.Body
	if err == nil && r.Entry == nil {
		err = patchAs(r.media, r.Body)
	}
	if err != nil || r.Entry != nil || r.media == wire.JSONPatch || r.media == wire.XMLPatch {
		return c, err
	}
	p, err := codec.Decode(r.Body, s.limits.codec())
	if err == nil && p.Type != parametersType {
		err = fhir.Errorf(fhir.Invalid, p.Type, "A patch is a Parameters with an operation as each parameter (R4 "+
			"fhirpatch), a JSON Patch or an XML Patch.")
	}
	return c, err
}

// patchAs says whether a body is the kind of patch that its media type promises.
func patchAs(mediaType string, body []byte) error {
	switch {
	case patch.IsXML(body) != (mediaType == wire.XMLPatch):
		return fhir.Errorf(fhir.UnsupportedMedia, "",
			"An XML Patch (RFC 5261) is sent with Content-Type %s, and nothing else is; this is %s.",
			wire.XMLPatch, mediaType)
	case mediaType != wire.JSONPatch && mediaType != wire.XMLPatch && !patch.IsParameters(body):
		return fhir.Errorf(fhir.UnsupportedMedia, "", "With Content-Type %s a patch is a Parameters (R4 fhirpatch). Send a JSON Patch as %s.",
			mediaType, wire.JSONPatch)
	}
	return nil
}

const parametersType = "Parameters"

// patchOf is the patch that the resource of a PATCH entry carries: a FHIRPath Patch as it is, a JSON or XML Patch in
// the data of a Binary whose contentType says so (R4 http 3.1.0.6.1).
func patchOf(r *fhir.Resource) ([]byte, error) {
	if r == nil {
		return nil, fhir.Errorf(fhir.Invalid, "Binary",
			"There is no patch. Send a Parameters with its operations, or a Binary with contentType %s and the patch as base64 in data.",
			wire.JSONPatch)
	}
	if r.Type == parametersType {
		return r.JSON, nil
	}
	b, ok := r.Message.Interface().(*binary.Binary)
	if !ok {
		return nil, fhir.Errorf(fhir.Invalid, r.Type,
			"A PATCH entry must carry a Parameters with the operations of a FHIRPath Patch, or a Binary with contentType %s and the patch as "+
				"base64 in data; found a %s.", wire.JSONPatch, r.Type)
	}
	kind := b.GetContentType().GetValue()
	if kind != wire.JSONPatch && kind != wire.XMLPatch {
		return nil, fhir.Errorf(fhir.Invalid, "Binary.contentType", "The patch must have contentType %s or %s.",
			wire.JSONPatch, wire.XMLPatch)
	}
	if len(b.GetData().GetValue()) == 0 {
		return nil, fhir.Errorf(fhir.Invalid, "Binary.data",
			"The patch is missing. Put the patch into data, as base64.")
	}
	if err := patchAs(kind, b.GetData().GetValue()); err != nil {
		return nil, err
	}
	return b.GetData().GetValue(), nil
}
