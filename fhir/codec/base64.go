package codec

import (
	"encoding/base64"
	"strings"

	"google.golang.org/protobuf/proto"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// strideURL is google/fhir's mark on base64 that came in groups, so that it can be written back the same.
const strideURL = "https://g.co/fhir/StructureDefinition/base64Binary-separatorStride"

// readBase64 reads standard base64; white space between is allowed (R4 datatypes, base64Binary).
func readBase64(_ *typ, v string) (proto.Message, string) {
	compact, m := v, &dpb.Base64Binary{}
	if strings.ContainsAny(v, " \t\r\n") {
		compact = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(v)
		if e := strideOf(v); e != nil {
			m.Extension = []*dpb.Extension{e}
		}
	}
	b, err := base64.StdEncoding.DecodeString(compact)
	if err != nil || len(b) == 0 {
		return nil, "is not base64 (A-Z a-z 0-9 + / with = at the end)"
	}
	m.Value = b
	return m, ""
}

// strideOf describes regular groups with the same number of spaces between them; nil if they are not.
func strideOf(v string) *dpb.Extension {
	if strings.ContainsAny(v, "\t\r\n") {
		return nil
	}
	stride := strings.IndexByte(v, ' ')
	if stride == 0 {
		return nil
	}
	rest := strings.TrimLeft(v[stride:], " ")
	separator := v[stride : len(v)-len(rest)]
	for rest != "" {
		i := strings.IndexByte(rest, ' ')
		if i < 0 {
			break
		}
		next := strings.TrimLeft(rest[i:], " ")
		if i != stride || len(rest)-i-len(next) != len(separator) {
			return nil
		}
		rest = next
	}
	part := func(url string, v *dpb.Extension_ValueX) *dpb.Extension {
		return &dpb.Extension{Url: &dpb.Uri{Value: url}, Value: v}
	}
	return &dpb.Extension{Url: &dpb.Uri{Value: strideURL}, Extension: []*dpb.Extension{
		part("separator", &dpb.Extension_ValueX{Choice: &dpb.Extension_ValueX_StringValue{StringValue: &dpb.String{Value: separator}}}),
		part("stride", &dpb.Extension_ValueX{Choice: &dpb.Extension_ValueX_PositiveInt{PositiveInt: &dpb.PositiveInt{Value: uint32(stride)}}}),
	}}
}
