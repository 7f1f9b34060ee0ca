package spec_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"
	"github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/spec"
)

// marshaller writes elements as JSON, so that they can be compared.
var marshaller, _ = jsonformat.NewMarshaller(false, "", "", fhirversion.R4)

func load(t testing.TB) *spec.Registry {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// examples are the project's own, HL7's, and the resources of some Synthea bundles, by their file.
func examples(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	own, _ := filepath.Glob("testdata/*.json")
	hl7, _ := filepath.Glob("../../../shared/corpus/hl7-r4/*.json")
	synthea, _ := filepath.Glob("../../../shared/corpus/synthea/*.json")
	if len(hl7) == 0 || len(synthea) == 0 {
		t.Log("only the project's own examples are compared: ../shared/corpus is not here")
	}
	for _, file := range append(own, hl7...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = text
	}
	for _, file := range synthea[:min(3, len(synthea))] {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var b struct {
			Entry []struct{ Resource json.RawMessage }
		}
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatal(err)
		}
		for i, e := range b.Entry {
			all[fmt.Sprintf("%s entry[%d]", filepath.Base(file), i)] = e.Resource
		}
	}
	return all
}

// show is the canonical text of an element of ours.
func show(t testing.TB, e protoreflect.Message) string {
	t.Helper()
	if _, resource := load(t).OfMessage(e); resource {
		text, err := marshaller.MarshalResource(e.Interface())
		if err != nil {
			t.Fatal(err)
		}
		return canonical(t, text)
	}
	if value := e.Descriptor().Fields().ByName("value"); value != nil && value.Enum() != nil {
		return codeOf(value.Enum().Values().ByNumber(e.Get(value).Enum()))
	}
	// The marshaller takes no primitive on its own: it goes into an extension.
	x := &dt.Extension{Value: &dt.Extension_ValueX{}}
	choice := x.Value.ProtoReflect()
	for i := range choice.Descriptor().Fields().Len() {
		if f := choice.Descriptor().Fields().Get(i); f.Message() == e.Descriptor() {
			choice.Set(f, protoreflect.ValueOfMessage(e))
			text, err := marshaller.MarshalElement(x)
			if err != nil {
				t.Fatal(err)
			}
			var in map[string]json.RawMessage
			if err := json.Unmarshal(text, &in); err != nil {
				t.Fatal(err)
			}
			for key, value := range in {
				if !strings.HasPrefix(key, "_") {
					return canonical(t, value)
				}
			}
			return "" // a primitive with only an extension
		}
	}
	text, err := marshaller.MarshalElement(e.Interface())
	if err != nil {
		text = []byte(`"` + e.Get(e.Descriptor().Fields().ByName("value")).String() + `"`) // a nested code with a string
	}
	return canonical(t, text)
}

// codeOf is the FHIR code of an enum value.
func codeOf(v protoreflect.EnumValueDescriptor) string {
	if code := proto.GetExtension(v.Options(), annotations_go_proto.E_FhirOriginalCode).(string); code != "" {
		return code
	}
	return strings.ToLower(strings.ReplaceAll(string(v.Name()), "_", "-"))
}

// canonical writes JSON with sorted keys, and a string without its quotes.
func canonical(t testing.TB, text []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if s, ok := v.(string); ok {
		return utc(s)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// utc writes an offset of nothing in one way: the engine and the marshaller each have theirs.
func utc(s string) string { return strings.Replace(s, "+00:00", "Z", 1) }
