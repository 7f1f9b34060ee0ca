package codec_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/codec"
)

func newOracle(t testing.TB) *jsonformat.Unmarshaller {
	t.Helper()
	u, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// within is the typed message in a ContainedResource.
func within(m proto.Message) protoreflect.Message {
	c := m.ProtoReflect()
	return c.Get(c.WhichOneof(c.Descriptor().Oneofs().Get(0))).Message()
}

// same decodes a text with both and compares. It reports whether ours accepted.
func same(t *testing.T, oracle *jsonformat.Unmarshaller, in []byte) bool {
	t.Helper()
	got, err := codec.Decode(in, codec.Limits{Conditional: true})
	if err != nil {
		t.Logf("refused: %v", err)
		return false
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, in); err != nil {
		t.Fatalf("accepted what is not JSON: %v", err)
	}
	if !bytes.Equal(got.JSON, compact.Bytes()) {
		t.Error("the JSON of the result is not the compact form of the input")
	}
	want, err := oracle.Unmarshal(bytes.Clone(in))
	if err != nil {
		t.Logf("jsonformat refuses: %v", err)
		return true
	}
	if w := within(want); !proto.Equal(got.Message.Interface(), w.Interface()) {
		t.Errorf("the message differs from jsonformat's:\n got %v\nwant %v", got.Message.Interface(), w.Interface())
	}
	return true
}

func TestOracleCorpus(t *testing.T) {
	oracle := newOracle(t)
	for _, folder := range []string{"hl7-r4", "nhs", "synthea"} {
		t.Run(folder, func(t *testing.T) {
			for name, in := range corpus(t, folder) {
				t.Run(name, func(t *testing.T) { same(t, oracle, in) })
			}
		})
	}
}

func TestOracleExamples(t *testing.T) {
	oracle := newOracle(t)
	for name, in := range ours(t) {
		t.Run(name, func(t *testing.T) {
			if !same(t, oracle, in) {
				t.Error("an example of our own is refused")
			}
			if _, err := oracle.Unmarshal(bytes.Clone(in)); err != nil {
				t.Errorf("jsonformat refuses an example of our own: %v", err)
			}
		})
	}
}
