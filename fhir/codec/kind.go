package codec

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	apb "github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
)

// kind is how a value is read.
type kind uint8

const (
	kindComplex  kind = iota // an object with a plan
	kindResource             // a resource in a ContainedResource (Bundle.entry.resource)
	kindAny                  // a resource in an Any (DomainResource.contained, Parameters.parameter.resource)
	firstPrimitive
)

// The primitives. Those from firstText on are JSON strings.
const (
	kindBoolean kind = firstPrimitive + iota
	kindInteger
	kindPositiveInt
	kindUnsignedInt
	kindDecimal
	firstText
)

// The primitives that are JSON strings.
const (
	kindString kind = firstText + iota
	kindMarkdown
	kindCode
	kindEnum     // a code of a required binding
	kindTextCode // a code with a message of its own, but no list of codes: MIME types, languages, currencies
	kindID
	kindOID
	kindUUID
	kindURI
	kindURL
	kindCanonical
	kindDate
	kindDateTime
	kindInstant
	kindTime
	kindBase64
	kindXHTML
	kindReference // Reference.reference
	kinds
)

func (k kind) primitive() bool { return k >= firstPrimitive }

var kindByName = map[protoreflect.Name]kind{
	"Boolean": kindBoolean, "Integer": kindInteger, "PositiveInt": kindPositiveInt, "UnsignedInt": kindUnsignedInt,
	"Decimal": kindDecimal, "String": kindString, "Markdown": kindMarkdown, "Code": kindCode, "Id": kindID, "Oid": kindOID,
	"Uuid": kindUUID, "Uri": kindURI, "Url": kindURL, "Canonical": kindCanonical, "Date": kindDate, "DateTime": kindDateTime,
	"Instant": kindInstant, "Time": kindTime, "Base64Binary": kindBase64, "Xhtml": kindXHTML,
	"ContainedResource": kindResource, "Any": kindAny,
}

func kindOf(d protoreflect.MessageDescriptor) kind {
	switch _, nested := d.Parent().(protoreflect.MessageDescriptor); {
	case !nested && kindByName[d.Name()] != 0:
		return kindByName[d.Name()]
	case structureKind(d) != apb.StructureDefinitionKindValue_KIND_PRIMITIVE_TYPE:
		return kindComplex
	}
	if v := d.Fields().ByName("value"); v.Kind() == protoreflect.EnumKind {
		return kindEnum
	}
	return kindTextCode
}

func isResource(d protoreflect.MessageDescriptor) bool {
	return structureKind(d) == apb.StructureDefinitionKindValue_KIND_RESOURCE
}

func structureKind(d protoreflect.MessageDescriptor) apb.StructureDefinitionKindValue {
	return proto.GetExtension(d.Options(), apb.E_StructureDefinitionKind).(apb.StructureDefinitionKindValue)
}
