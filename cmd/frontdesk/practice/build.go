package practice

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object whose members keep the order they are written in, as FHIR lists them. A member whose value is
// nil, "" or empty is left out: FHIR allows no empty element (R4 JSON 2.6.2).
type object []member

type member struct {
	name  string
	value any
}

// list is a JSON array.
type list []any

// resource is one entry of a Bundle.
type resource struct {
	kind, id string
	fields   object
}

func (r resource) reference() string { return r.kind + "/" + r.id }

// transaction writes resources as one transaction Bundle of updates (R4 http 3.1.0.11).
func transaction(resources []resource) ([]byte, error) {
	entries := make(list, 0, len(resources))
	for _, r := range resources {
		body := append(object{{"resourceType", r.kind}, {"id", r.id}}, r.fields...)
		request := object{{"method", "PUT"}, {"url", r.reference()}}
		entries = append(entries, object{{"resource", body}, {"request", request}})
	}
	var out bytes.Buffer
	bundle := object{{"resourceType", "Bundle"}, {"type", "transaction"}, {"entry", entries}}
	if err := write(jsontext.NewEncoder(&out), bundle); err != nil {
		return nil, fmt.Errorf("write a bundle of the demo practice: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case object:
		return len(v) == 0
	case list:
		return len(v) == 0
	}
	return false
}

// write encodes the few kinds of value a record is made of; the encoder refuses duplicate names and invalid UTF-8.
func write(enc *jsontext.Encoder, value any) error {
	switch v := value.(type) {
	case string:
		return enc.WriteToken(jsontext.String(v))
	case bool:
		return enc.WriteToken(jsontext.Bool(v))
	case int:
		return enc.WriteToken(jsontext.Int(int64(v)))
	case decimal:
		return enc.WriteValue(jsontext.Value(v))
	case object:
		return writeObject(enc, v)
	case list:
		return writeList(enc, v)
	}
	return fmt.Errorf("no way to write a %T", value)
}

func writeObject(enc *jsontext.Encoder, o object) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range o {
		if empty(m.value) {
			continue
		}
		if err := enc.WriteToken(jsontext.String(m.name)); err != nil {
			return err
		}
		if err := write(enc, m.value); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

func writeList(enc *jsontext.Encoder, l list) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, v := range l {
		if err := write(enc, v); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}
