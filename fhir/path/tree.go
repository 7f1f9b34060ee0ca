package path

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxNesting bounds how deep JSON may nest; no R4 resource needs more than 64.
const maxNesting = 200

// value is a JSON value with its place in the text.
type value struct {
	kind       jsontext.Kind
	text       string // of a string what it means, of a number as it is written
	members    []member
	items      []*value
	start, end int
}

// member is one of an object.
type member struct {
	key   string
	value *value
}

// get is the value under a key; nil if there is none.
func (v *value) get(key string) *value {
	if v == nil {
		return nil
	}
	for _, m := range v.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// parseJSON reads one value, and nothing behind it.
func parseJSON(json []byte) (*value, error) {
	d := jsontext.NewDecoder(bytes.NewReader(json))
	v, err := readValue(d, 0)
	if err != nil {
		return nil, fmt.Errorf("this can't be read as JSON: %w", err)
	}
	return v, nil
}

func readValue(d *jsontext.Decoder, depth int) (*value, error) {
	if depth > maxNesting {
		return nil, errors.New("it nests too deeply")
	}
	v := &value{kind: d.PeekKind()}
	if v.kind != '{' && v.kind != '[' {
		raw, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		v.end = int(d.InputOffset())
		v.start = v.end - len(raw)
		v.text = string(raw)
		if v.kind == '"' {
			text, err := jsontext.AppendUnquote(nil, raw)
			v.text = string(text)
			return v, err
		}
		return v, nil
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	v.start = int(d.InputOffset()) - 1
	for closing := v.kind + 2; d.PeekKind() != closing; { // '{' and '}', '[' and ']'
		key := ""
		if v.kind == '{' {
			t, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			key = strings.Clone(t.String())
		}
		inner, err := readValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		if v.kind == '{' {
			v.members = append(v.members, member{key, inner})
		} else {
			v.items = append(v.items, inner)
		}
	}
	_, err := d.ReadToken()
	v.end = int(d.InputOffset())
	return v, err
}
