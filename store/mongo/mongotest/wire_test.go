package mongotest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// frame is a message as it is on the wire.
func frame(op int32, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(body)))
	out = binary.LittleEndian.AppendUint32(out, 7)
	out = binary.LittleEndian.AppendUint32(out, 0)
	return append(binary.LittleEndian.AppendUint32(out, uint32(op)), body...)
}

func bsonOf(t *testing.T, v any) []byte {
	t.Helper()
	doc, err := bson.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// sequence is a section of kind 1.
func sequence(name string, docs ...[]byte) []byte {
	inner := append([]byte(name), 0)
	inner = append(inner, bytes.Join(docs, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte{1}, uint32(4+len(inner))), inner...)
}

func TestSequencesBecomeArrays(t *testing.T) {
	body := append([]byte{0, 0, 0, 0, 0}, bsonOf(t, bson.D{{Key: "insert", Value: "c"}})...)
	body = append(body, sequence("documents", bsonOf(t, bson.D{{Key: "_id", Value: 1}}), bsonOf(t, bson.D{}))...)
	m, err := readMessage(bytes.NewReader(frame(opMsg, body)))
	if err != nil || m.id != 7 || m.silent {
		t.Fatal(m, err)
	}
	if got := bson.Raw(m.doc).String(); got != `{"insert": "c","documents": [{"_id": {"$numberInt":"1"}},{}]}` {
		t.Error(got)
	}
}

// TestWhatIsBrokenOnTheWireIsAnError has messages of which bytes are changed or cut off: each is an error, or still a
// message.
func TestWhatIsBrokenOnTheWireIsAnError(t *testing.T) {
	body := append([]byte{0, 0, 0, 0, 0}, bsonOf(t, bson.D{{Key: "insert", Value: "c"}})...)
	whole := frame(opMsg, append(body, sequence("documents", bsonOf(t, bson.D{{Key: "_id", Value: "x"}}))...))
	r := rand.New(rand.NewPCG(1, 1))
	failed := 0
	for range 20_000 {
		broken := bytes.Clone(whole)
		for range 1 + r.IntN(3) {
			broken[4+r.IntN(len(broken)-4)] = byte(r.IntN(256))
		}
		m, err := readMessage(bytes.NewReader(broken[:len(broken)-r.IntN(2)]))
		switch {
		case err == nil && m.doc.Validate() != nil:
			t.Fatalf("%x: %v", broken, m.doc)
		case err != nil && !errors.Is(err, errWire) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
			t.Fatalf("%x: %v", broken, err)
		case err != nil:
			failed++
		}
	}
	if failed < 1000 {
		t.Errorf("only %d were errors", failed)
	}
	for name, head := range map[string][]byte{"compressed": frame(2012, body), "checksum": frame(opMsg, append([]byte{1, 0, 0, 0}, body[4:]...)),
		"no document": frame(opMsg, []byte{0, 0, 0, 0}), "old insert": frame(2002, body)} {
		if _, err := readMessage(bytes.NewReader(head)); !errors.Is(err, errWire) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
