package mongotest

import (
	"encoding/binary"
	"errors"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// Of the wire protocol there is OP_MSG, and as much of OP_QUERY and OP_REPLY as the first hello of a connection takes.
const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013

	moreToCome = 1 << 1 // a message without an answer
	maxMessage = 48_000_000
)

// message is a command as it came.
type message struct {
	id     int32
	op     int32
	silent bool // wants no answer
	doc    bsoncore.Document
}

var errWire = errors.New("mongotest: what came is no OP_MSG, or has flags that are not implemented")

func readMessage(r io.Reader) (*message, error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	length := int32(binary.LittleEndian.Uint32(head[0:]))
	m := &message{id: int32(binary.LittleEndian.Uint32(head[4:])), op: int32(binary.LittleEndian.Uint32(head[12:]))}
	if length < 16 || length > maxMessage {
		return nil, errWire
	}
	body := make([]byte, length-16)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	switch m.op {
	case opQuery:
		return m, m.parseQuery(body)
	case opMsg:
		return m, m.parseMsg(body)
	}
	return nil, errWire
}

// parseQuery takes flags, the name of the collection, two numbers and the command.
func (m *message) parseQuery(body []byte) error {
	name, rest, ok := bsoncore.ReadKey(body[min(4, len(body)):])
	if !ok || len(rest) < 8 || name != "admin.$cmd" {
		return errWire
	}
	m.doc, _, ok = bsoncore.ReadDocument(rest[8:])
	if !ok || m.doc.Validate() != nil {
		return errWire
	}
	return nil
}

// parseMsg joins the sections to one document: those of kind 1 become arrays of it.
func (m *message) parseMsg(body []byte) error {
	if len(body) < 4 {
		return errWire
	}
	flags := binary.LittleEndian.Uint32(body)
	if flags&^(moreToCome|1<<16) != 0 { // bit 16 only allows the server to send more than one answer
		return errWire
	}
	m.silent = flags&moreToCome != 0
	sequences := map[string][]bsoncore.Value{}
	for rest := body[4:]; len(rest) > 0; {
		kind, ok := rest[0], false
		rest = rest[1:]
		switch kind {
		case 0:
			m.doc, rest, ok = bsoncore.ReadDocument(rest)
			ok = ok && m.doc.Validate() == nil
		case 1:
			rest, ok = readSequence(rest, sequences)
		}
		if !ok {
			return errWire
		}
	}
	if m.doc == nil {
		return errWire
	}
	return m.join(sequences)
}

func readSequence(src []byte, into map[string][]bsoncore.Value) (rest []byte, ok bool) {
	length, _, ok := bsoncore.ReadLength(src)
	if !ok || length < 5 || int(length) > len(src) {
		return nil, false
	}
	name, docs, ok := bsoncore.ReadKey(src[4:length])
	values := []bsoncore.Value{}
	for ok && len(docs) > 0 {
		var doc bsoncore.Document
		if doc, docs, ok = bsoncore.ReadDocument(docs); !ok || doc.Validate() != nil {
			return nil, false
		}
		values = append(values, bsoncore.Value{Type: bsoncore.TypeEmbeddedDocument, Data: doc})
	}
	into[name] = values
	return src[length:], ok
}

func (m *message) join(sequences map[string][]bsoncore.Value) error {
	if len(sequences) == 0 {
		return nil
	}
	out := append([]byte(nil), m.doc[:len(m.doc)-1]...)
	for name, values := range sequences {
		out = bsoncore.BuildArrayElement(out, name, values...)
	}
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	m.doc = out
	return nil
}

// writeReply answers a message in its own kind.
func writeReply(w io.Writer, to *message, reply bson.D) error {
	doc, err := bson.Marshal(reply)
	if err != nil {
		return err
	}
	body := make([]byte, 16, len(doc)+64)
	op := int32(opMsg)
	if to.op == opQuery {
		op = opReply
		body = append(body, make([]byte, 16)...)         // flags, cursor id, where it starts
		body = binary.LittleEndian.AppendUint32(body, 1) // one document
	} else {
		body = append(body, 0, 0, 0, 0, 0) // flags, section of kind 0
	}
	body = append(body, doc...)
	binary.LittleEndian.PutUint32(body[0:], uint32(len(body)))
	binary.LittleEndian.PutUint32(body[4:], uint32(to.id)+1)
	binary.LittleEndian.PutUint32(body[8:], uint32(to.id))
	binary.LittleEndian.PutUint32(body[12:], uint32(op))
	_, err = w.Write(body)
	return err
}
