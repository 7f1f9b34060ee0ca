package order

import (
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
)

// Class is the place of a type among the others (MongoDB manual, Comparison/Sort Order). It is the first byte of every
// encoding. Classes are odd numbers, so that one above a class is below the next.
type Class byte

// The classes in MongoDB's order.
const (
	MinKey    Class = 0x01
	Undefined Class = 0x03 // only as the key of an empty array
	Null      Class = 0x05 // also a missing field
	Number    Class = 0x11
	String    Class = 0x15
	Object    Class = 0x21
	Array     Class = 0x25
	Binary    Class = 0x31
	ObjectID  Class = 0x35
	Boolean   Class = 0x41
	Date      Class = 0x45
	Timestamp Class = 0x47
	Regex     Class = 0x51
	MaxKey    Class = 0x7f
)

var classes = map[bsoncore.Type]Class{
	bsoncore.TypeMinKey: MinKey, bsoncore.TypeNull: Null, bsoncore.TypeDouble: Number, bsoncore.TypeInt32: Number,
	bsoncore.TypeInt64: Number, bsoncore.TypeString: String, bsoncore.TypeEmbeddedDocument: Object, bsoncore.TypeArray: Array,
	bsoncore.TypeBinary: Binary, bsoncore.TypeObjectID: ObjectID, bsoncore.TypeBoolean: Boolean, bsoncore.TypeDateTime: Date,
	bsoncore.TypeTimestamp: Timestamp, bsoncore.TypeRegex: Regex, bsoncore.TypeMaxKey: MaxKey,
}

// end closes objects and arrays: it is below every class, so that the shorter one of two is the smaller.
const end = 0x00

// ClassOf is the class of a value that Check has passed.
func ClassOf(v bsoncore.Value) Class { return classes[v.Type] }

// NullKey is the encoding of null, and of a missing field in a key.
var NullKey = []byte{byte(Null)}

// UndefinedKey stands for an empty array in a key.
var UndefinedKey = []byte{byte(Undefined)}

// Key is the encoding of one value.
func Key(v bsoncore.Value) []byte { return Append(nil, v) }

// Append appends the encoding of a value.
func Append(dst []byte, v bsoncore.Value) []byte {
	dst = append(dst, byte(ClassOf(v)))
	switch v.Type {
	case bsoncore.TypeInt32:
		return appendInteger(dst, int64(v.Int32()))
	case bsoncore.TypeInt64:
		return appendInteger(dst, v.Int64())
	case bsoncore.TypeDouble:
		return appendDouble(dst, v.Double())
	case bsoncore.TypeString:
		return appendText(dst, v.Data[4:len(v.Data)-1])
	case bsoncore.TypeEmbeddedDocument:
		return appendObject(dst, v.Data)
	case bsoncore.TypeArray:
		for _, element := range Elements(v.Data) {
			dst = Append(dst, element)
		}
		return append(dst, end)
	case bsoncore.TypeBinary:
		subtype, data := v.Binary()
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(data)))
		return append(append(dst, subtype), data...)
	case bsoncore.TypeBoolean, bsoncore.TypeObjectID:
		return append(dst, v.Data...)
	case bsoncore.TypeDateTime:
		return binary.BigEndian.AppendUint64(dst, uint64(v.DateTime())^1<<63)
	case bsoncore.TypeTimestamp:
		seconds, increment := v.Timestamp()
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(dst, seconds), increment)
	case bsoncore.TypeRegex:
		pattern, options := v.Regex()
		return appendText(appendText(dst, []byte(pattern)), []byte(options))
	}
	return dst
}

// appendText writes a zero byte as 00 FF and ends with 00 01, so that a beginning is smaller than what it begins.
func appendText(dst, text []byte) []byte {
	for _, b := range text {
		dst = append(dst, b)
		if b == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}

// appendObject compares field by field: first the type, then the name, then the value.
func appendObject(dst []byte, doc bsoncore.Document) []byte {
	for key, v := range Fields(doc) {
		dst = append(dst, byte(ClassOf(v)))
		dst = appendText(dst, []byte(key))
		dst = Append(dst, v)
	}
	return append(dst, end)
}

// Check refuses what no encoding is known for, anywhere in a document.
func Check(doc bsoncore.Document) error {
	for key, v := range Fields(doc) {
		if err := CheckValue(v); err != nil {
			return fail.Refuse("the type of field %q: %s", key, v.Type)
		}
	}
	return nil
}

// CheckValue is Check for one value.
func CheckValue(v bsoncore.Value) error {
	if _, ok := classes[v.Type]; !ok {
		return fail.Refuse("values of type %s", v.Type)
	}
	if v.Type == bsoncore.TypeEmbeddedDocument || v.Type == bsoncore.TypeArray {
		return Check(v.Data)
	}
	return nil
}
