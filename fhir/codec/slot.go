package codec

import (
	"reflect"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/runtime/protoimpl"
)

// slot is where a message's Go struct holds a field. Messages are filled through reflect, by index, because
// protoreflect's Set takes several times as long, and that was a third of the time of decoding.
type slot struct {
	index   int
	wrapper reflect.Type // the struct around one alternative of a oneof; nil for a plain field
}

// noSlot is that of a field the message doesn't have: xhtml has no extensions.
var noSlot = slot{index: -1}

// slotOf finds a field in the Go struct by the number in its tag. (Asking protoreflect would have it prepare
// all thousand message types, which takes longer than all else at the start.)
func slotOf(mt protoreflect.MessageType, fd protoreflect.FieldDescriptor) slot {
	if fd == nil {
		return noSlot
	}
	st := structOf(mt)
	for i := range st.NumField() {
		if tagged(st.Field(i), fd) {
			return slot{index: i}
		}
		if o := fd.ContainingOneof(); o != nil && st.Field(i).Tag.Get("protobuf_oneof") == string(o.Name()) {
			for _, w := range mt.(*protoimpl.MessageInfo).OneofWrappers {
				if wt := reflect.TypeOf(w).Elem(); tagged(wt.Field(0), fd) {
					return slot{i, wt}
				}
			}
		}
	}
	panic("codec: " + string(fd.FullName()) + " has no Go field") // google/fhir changed its generator; found by any test
}

// tagged says whether a struct's field is that of a message: its tag is "kind,number,…".
func tagged(f reflect.StructField, fd protoreflect.FieldDescriptor) bool {
	_, tag, _ := strings.Cut(f.Tag.Get("protobuf"), ",")
	number, _, _ := strings.Cut(tag, ",")
	return number == strconv.Itoa(int(fd.Number()))
}

// structOf is the Go struct of a message type.
func structOf(mt protoreflect.MessageType) reflect.Type {
	return reflect.TypeOf(mt.Zero().Interface()).Elem()
}

// set sets the field of a message to another message. Both are pointers to structs.
func (s slot) set(in, v reflect.Value) {
	if s.wrapper != nil {
		w := reflect.New(s.wrapper)
		w.Elem().Field(0).Set(v)
		v = w
	}
	in.Elem().Field(s.index).Set(v)
}

// get is the message in a field; not valid if there is none.
func (s slot) get(in reflect.Value) reflect.Value {
	f := in.Elem().Field(s.index)
	if f.IsNil() {
		return reflect.Value{}
	}
	if s.wrapper == nil {
		return f
	}
	w := f.Elem().Elem()
	if w.Type() != s.wrapper {
		return reflect.Value{}
	}
	return w.Field(0)
}

// list is the slice in a repeated field.
func (s slot) list(in reflect.Value) reflect.Value { return in.Elem().Field(s.index) }

// grow appends a message to a list.
func grow(list, v reflect.Value) {
	n := list.Len()
	if n == list.Cap() {
		list.Grow(1)
	}
	list.SetLen(n + 1)
	list.Index(n).Set(v)
}
