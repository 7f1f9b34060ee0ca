package codec

import (
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/model"
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

// worded says that values of a kind are anything that somebody can write.
func (k kind) worded() bool {
	return k == kindString || k == kindMarkdown || k == kindBase64 || k == kindXHTML
}

// locates says that values of a kind say where something is.
func (k kind) locates() bool { return k == kindURI || k == kindURL || k == kindCanonical }

var kindByName = map[string]kind{
	"boolean": kindBoolean, "integer": kindInteger, "positiveInt": kindPositiveInt, "unsignedInt": kindUnsignedInt,
	"decimal": kindDecimal, "string": kindString, "markdown": kindMarkdown, "code": kindCode, "id": kindID, "oid": kindOID,
	"uuid": kindUUID, "uri": kindURI, "url": kindURL, "canonical": kindCanonical, "date": kindDate, "dateTime": kindDateTime,
	"instant": kindInstant, "time": kindTime, "base64Binary": kindBase64, "xhtml": kindXHTML,
}

// kindOf is how values of a type are read; d is the message that holds them.
func kindOf(t *model.Type, d protoreflect.MessageDescriptor) kind {
	switch {
	case d.FullName() == "google.protobuf.Any":
		return kindAny
	case t.Kind == model.Abstract:
		return kindResource
	case t.Kind != model.Primitive:
		return kindComplex
	case t.Codes != nil:
		return kindEnum
	case t.Name == "code" && d.Name() != "Code":
		return kindTextCode
	}
	return kindByName[t.Name]
}
