package model

import (
	"cmp"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	apb "github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
)

// codesOf are the codes of a message that google/fhir makes of a required binding; nil if its value is text, as of
// MIME types.
func codesOf(d protoreflect.MessageDescriptor) []Code {
	value := d.Fields().ByName("value")
	if value == nil || value.Enum() == nil {
		return nil
	}
	var all []Code
	values := value.Enum().Values()
	common, _ := proto.GetExtension(value.Enum().Options(), apb.E_FhirCodeSystemUrl).(string)
	for i := range values.Len() {
		if v := values.Get(i); v.Number() != 0 { // which is "not set"
			system, _ := proto.GetExtension(v.Options(), apb.E_SourceCodeSystem).(string)
			all = append(all, Code{cmp.Or(system, common), CodeOf(v), v.Number()})
		}
	}
	return all
}

// CodeOf is the FHIR code of an enum value.
func CodeOf(v protoreflect.EnumValueDescriptor) string {
	if code, _ := proto.GetExtension(v.Options(), apb.E_FhirOriginalCode).(string); code != "" {
		return code
	}
	return strings.ToLower(strings.ReplaceAll(string(v.Name()), "_", "-"))
}

// Has says whether a code is among those of the type.
func (t *Type) Has(code string) bool {
	for _, c := range t.Codes {
		if c.Code == code {
			return true
		}
	}
	return false
}
