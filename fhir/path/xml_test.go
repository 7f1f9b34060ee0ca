package path_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"testing"

	"frontdesk/fhir/model"
)

// xmlNode is an XML element as it is read.
type xmlNode struct {
	name  string
	attrs map[string]string
	kids  []*xmlNode
	inner []byte // of a div
}

// fromXML makes JSON of one of the suite's inputs that are XML.
func fromXML(t *testing.T, text []byte) []byte {
	t.Helper()
	root := &xmlNode{}
	d := xml.NewDecoder(bytes.NewReader(text))
	for stack := []*xmlNode{root}; ; {
		at := d.InputOffset()
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			n := &xmlNode{name: tok.Name.Local, attrs: map[string]string{}}
			for _, a := range tok.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			top := stack[len(stack)-1]
			top.kids = append(top.kids, n)
			if n.name == "div" {
				if err := d.Skip(); err != nil {
					t.Fatal(err)
				}
				n.inner = text[at:d.InputOffset()]
				break
			}
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	out, err := json.Marshal(root.kids[0].resource())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (n *xmlNode) resource() map[string]any {
	out := n.object(model.R4().Resource(n.name))
	out["resourceType"] = n.name
	return out
}

func (n *xmlNode) object(t *model.Type) map[string]any {
	out := map[string]any{}
	for _, name := range []string{"id", "url"} {
		if v, ok := n.attrs[name]; ok && t.Member(name) != nil {
			out[name] = v
		}
	}
	for _, k := range n.kids {
		m := t.Member(k.name)
		if m == nil {
			continue
		}
		v, extra := k.value(m.Type)
		if !m.Element.Repeated {
			out[k.name] = v
			if extra != nil {
				out["_"+k.name] = extra
			}
			if v == nil {
				delete(out, k.name)
			}
			continue
		}
		all, _ := out[k.name].([]any)
		out[k.name] = append(all, v)
	}
	return out
}

// value is that of an element, and of a primitive what stands beside it.
func (n *xmlNode) value(t *model.Type) (v, extra any) {
	switch {
	case t.Kind == model.Abstract:
		return n.kids[0].resource(), nil
	case n.inner != nil:
		return string(n.inner), nil
	case t.Kind != model.Primitive:
		return n.object(t), nil
	}
	if o := n.object(t); len(o) > 0 {
		extra = o
	}
	text, there := n.attrs["value"]
	switch {
	case !there:
		return nil, extra
	case t.Name == "boolean":
		return text == "true", extra
	case t.Name == "decimal", t.Name == "integer", t.Base.Name == "integer":
		return json.Number(text), extra
	}
	return text, extra
}
