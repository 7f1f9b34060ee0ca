package browse

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// node is a value of JSON, with its members in their order.
type node struct {
	kind  kind
	names []string // of members
	kids  []node   // members or elements
	text  string   // of a string, number or literal, as it reads
}

// kind is which of JSON's values it is.
type kind uint8

const (
	nothing kind = iota
	object
	array
	text
	number
	literal // true, false
)

// parse reads JSON.
func parse(body []byte) (node, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return read(d)
}

func read(d *json.Decoder) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch value := token.(type) {
	case json.Delim:
		return readWithin(d, value)
	case string:
		return node{kind: text, text: value}, nil
	case json.Number:
		return node{kind: number, text: value.String()}, nil
	case bool:
		if value {
			return node{kind: literal, text: "true"}, nil
		}
		return node{kind: literal, text: "false"}, nil
	}
	return node{text: "null"}, nil
}

// readWithin reads an object or array that has begun.
func readWithin(d *json.Decoder, begun json.Delim) (n node, err error) {
	n.kind = array
	if begun == '{' {
		n.kind = object
	}
	for d.More() {
		if n.kind == object {
			name, err := d.Token()
			if err != nil {
				return n, err
			}
			said, ok := name.(string)
			if !ok {
				return n, errors.New("a member without a name")
			}
			n.names = append(n.names, said)
		}
		kid, err := read(d)
		if err != nil {
			return n, err
		}
		n.kids = append(n.kids, kid)
	}
	_, err = d.Token() // its end
	return n, err
}

// at is the value at a path of members; nothing if there is none. Of an array on the way it is in the first element.
func (n node) at(path ...string) node {
	for _, name := range path {
		if n.kind == array && len(n.kids) > 0 {
			n = n.kids[0]
		}
		i := slices.Index(n.names, name)
		if i < 0 {
			return node{}
		}
		n = n.kids[i]
	}
	return n
}

// says is the text of the value at a path, "" if there is none.
func (n node) says(path ...string) string {
	if n = n.at(path...); n.kind == nothing || n.kind == object || n.kind == array {
		return ""
	}
	return n.text
}

// all are the elements of the array at a path.
func (n node) all(path ...string) []node {
	if n = n.at(path...); n.kind != array {
		return nil
	}
	return n.kids
}
