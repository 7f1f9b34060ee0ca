package patch

import (
	"bytes"
	"encoding/json"
	stdxml "encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
)

const (
	fhirSpace  = "http://hl7.org/fhir"
	xhtmlSpace = "http://www.w3.org/1999/xhtml"
)

// diff is what all operations of an XML Patch have in common: the namespaces that are declared on it, by prefix.
type diff struct{ spaces map[string]string }

// IsXML says that a patch is an XML Patch.
func IsXML(document []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(document, []byte("\uFEFF")), " \t\r\n"), []byte("<"))
}

func itoa(i int) string { return strconv.Itoa(i) }

// readXML reads an XML Patch: a diff of add, replace and remove.
func readXML(document []byte) (out []*xmlOperation, err error) {
	d, in := stdxml.NewDecoder(bytes.NewReader(document)), &diff{spaces: map[string]string{}}
	var open *xmlOperation
	for depth, from := 0, int64(0); ; {
		end := d.InputOffset()
		token, err := d.Token()
		switch t := token.(type) {
		case stdxml.Directive:
			return nil, noDiff("a document type has no place in it")
		case stdxml.StartElement:
			if depth++; depth == 1 {
				if t.Name.Local != "diff" {
					return nil, noDiff("it must be a <diff>")
				}
				in.declare(t.Attr)
			} else if depth == 2 {
				if open, err = in.operation(t, len(out)); err != nil {
					return nil, err
				}
				if out, from = append(out, open), d.InputOffset(); len(out) > maxOperations {
					return nil, tooMany()
				}
			}
		case stdxml.EndElement:
			if depth--; depth == 1 {
				open.inner = string(document[from:max(from, end)])
			}
		}
		if errors.Is(err, io.EOF) && depth == 0 && len(out) > 0 {
			return out, nil
		}
		if err != nil {
			return nil, noDiff("it isn't well-formed, or empty")
		}
	}
}

func noDiff(why string) error {
	return fhir.Errorf(fhir.Invalid, "", "The body is not an XML Patch (RFC 5261): %s. Send a <diff xmlns:f=%q> of "+
		"add, replace and remove, "+
		"each with sel, as sel=\"f:Patient/f:active/@value\".", why, fhirSpace)
}

func (d *diff) declare(attrs []stdxml.Attr) {
	for _, a := range attrs {
		switch {
		case a.Name.Space == "xmlns":
			d.spaces[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			d.spaces[""] = a.Value
		}
	}
}

// operation reads the start tag of one.
func (d *diff) operation(t stdxml.StartElement, n int) (*xmlOperation, error) {
	o := &xmlOperation{operation: operation{at: "diff." + t.Name.Local + "[" + itoa(n) + "]", kind: t.Name.Local},
		diff: d}
	if o.kind != "add" && o.kind != "replace" && o.kind != "remove" {
		return nil, fhir.Errorf(fhir.Invalid, o.at, "An operation of an XML Patch is add, replace or remove; found %s.",
			fhir.Clip(o.kind))
	}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns" || a.Name.Local == "xmlns":
			return nil, fhir.Errorf(fhir.Invalid, o.at, "Declare namespaces on the <diff>.")
		case a.Name.Local == "sel":
			o.path = a.Value
		case a.Name.Local == "pos" && o.kind == "add" && (a.Value == "prepend" || a.Value == "before" ||
			a.Value == "after"):
			o.pos = a.Value
		case a.Name.Local == "type" && o.kind == "add" && strings.HasPrefix(a.Value, "@"):
			o.attr = a.Value[1:]
		default:
			return nil, fhir.Errorf(fhir.Invalid, o.at, "%s=%q has no meaning here.", fhir.Clip(a.Name.Local),
				fhir.Clip(a.Value))
		}
	}
	return o, o.selected()
}

// step is one of sel: an element by its name, and of several by its place or by an attribute.
type step struct {
	name        string
	index       int // from 0; -1 if it isn't named by its place
	attr, value string
}

var (
	stepForm = regexp.MustCompile(`^(?:([\w.-]+):)?(\w+)((?:\[[^\]]*\])?)$`)
	whose    = regexp.MustCompile(`^\[\s*@(value|url|id)\s*=\s*(?:'([^']*)'|"([^"]*)")\s*\]$`)
	selForm  = regexp.MustCompile(`(?:[^/\[]|\[(?:[^\]"']|"[^"]*"|'[^']*')*\])+`)
)

// selected reads sel: of XPath, names with prefixes, places, and attributes that are equal to something.
func (o *xmlOperation) selected() error {
	sel := strings.TrimPrefix(o.path, "/")
	parts := selForm.FindAllString(sel, -1)
	if strings.Join(parts, "/") != sel {
		return o.illegible()
	}
	for _, text := range parts {
		if name, ok := strings.CutPrefix(text, "@"); ok && o.attr == "" && len(o.steps) > 0 {
			o.attr = name
			continue
		}
		m := stepForm.FindStringSubmatch(text)
		if m == nil || o.attr != "" && o.kind != "add" {
			return o.illegible()
		}
		if space := o.diff.spaces[m[1]]; space != fhirSpace && !(space == xhtmlSpace && m[2] == "div") {
			return fhir.Errorf(fhir.Invalid, o.at,
				"In sel, %s is in no namespace of FHIR's. Declare it on the diff, as xmlns:f=%q.", fhir.Clip(text),
				fhirSpace)
		}
		s := step{name: m[2], index: -1}
		if place, err := strconv.Atoi(strings.Trim(m[3], "[] ")); err == nil && place > 0 {
			s.index = place - 1
		} else if by := whose.FindStringSubmatch(m[3]); by != nil {
			s.attr, s.value = by[1], by[2]+by[3]
		} else if m[3] != "" {
			return o.illegible()
		}
		o.steps = append(o.steps, s)
	}
	if len(o.steps) == 0 || o.attr != "" && o.attr != "value" && o.attr != "url" && o.attr != "id" {
		return o.illegible()
	}
	return nil
}

func (o *xmlOperation) illegible() error {
	return fhir.Errorf(fhir.Invalid, o.at, "The sel %q can't be read here. Of XPath, names of elements are, each "+
		"with a place or an attribute, "+
		"and an attribute at the end: f:Patient/f:name[1]/f:family/@value, or "+
		"f:Patient/f:extension[@url='http://example.org/x'].", fhir.Clip(o.path))
}

// meets says whether an element at a place among those of its name is what a step asks for.
func (s step) meets(i int, b both) bool {
	if s.attr == "" {
		return s.index < 0 || s.index == i
	}
	text := b.value
	if s.attr != "value" {
		if text = at(b.value, "/"+s.attr); !strings.HasPrefix(string(b.value), "{") {
			text = at(b.extra, "/"+s.attr)
		}
	}
	var said string
	if json.Unmarshal(text, &said) != nil {
		said = string(text)
	}
	return present(text) && said == s.value
}

// names are those of the steps.
func (o *xmlOperation) names() []string {
	names := make([]string, len(o.steps))
	for i, s := range o.steps {
		names[i] = s.name
	}
	return names
}

// text is what an operation on an attribute holds.
func (o *xmlOperation) text() (string, error) {
	var held struct {
		Text     string     `xml:",chardata"`
		Elements []struct{} `xml:",any"`
	}
	if err := stdxml.Unmarshal([]byte("<t>"+o.inner+"</t>"), &held); err != nil || len(held.Elements) > 0 {
		return "", fhir.Errorf(fhir.Invalid, o.at, "The value of an attribute is text.")
	}
	return held.Text, nil
}

func escaped(text string) string {
	var out bytes.Buffer
	_ = stdxml.EscapeText(&out, []byte(text)) // it never fails to write there
	return out.String()
}

// part are elements of one name that an operation holds.
type part struct {
	key     string
	repeats bool
	items   []both
}

// read is what elements mean that stand within others: the codec reads them there, so that there is one meaning of XML.
func (o *xmlOperation) read(within []string, elements string) (parts []part, err error) {
	var document strings.Builder
	for i, name := range within {
		document.WriteString("<frontdesk:" + name)
		if i == 0 {
			document.WriteString(` xmlns:frontdesk="` + fhirSpace + `"`)
			for prefix, space := range o.diff.spaces {
				if prefix != "" {
					prefix = ":" + prefix
				}
				document.WriteString(" xmlns" + prefix + `="` + escaped(space) + `"`)
			}
		}
		document.WriteString(">")
	}
	document.WriteString(elements)
	for i := range within {
		document.WriteString("</frontdesk:" + within[len(within)-1-i] + ">")
	}
	json, err := xml.ToJSON([]byte(document.String()), codec.Limits{})
	if err != nil {
		return nil, fhir.Errorf(fhir.Unprocessable, o.at, "What the operation %s holds doesn't fit there: %s", o.kind,
			fhir.AsError(err).Issues[0].Text)
	}
	in := ""
	for _, name := range within[1:] {
		switch value := at(json, in+"/"+name); {
		case strings.HasPrefix(string(value), "["):
			in += "/" + name + "/0"
		case value != nil:
			in += "/" + name
		case at(json, in+"/_"+name) != nil:
			in += "/_" + name
			if strings.HasPrefix(string(at(json, in)), "[") {
				in += "/0"
			}
		}
	}
	return partsOf(json, in), nil
}

// partsOf are the members of the object at a pointer, in their order.
func partsOf(text []byte, in string) (parts []part) {
	object := json.RawMessage(text)
	if in != "" {
		object = at(text, in)
	}
	d := json.NewDecoder(bytes.NewReader(object))
	_, _ = d.Token()
	seen := map[string]bool{"resourceType": true}
	for d.More() {
		name, _ := d.Token()
		var value json.RawMessage
		if d.Decode(&value) != nil {
			break
		}
		key := strings.TrimPrefix(name.(string), "_")
		if seen[key] {
			continue
		}
		seen[key] = true
		p := part{key: key, items: []both{{at(text, in+"/"+key), at(text, in+"/_"+key)}}}
		if p.repeats = strings.HasPrefix(string(value), "["); p.repeats {
			p.items = list(text, in, key)
		}
		parts = append(parts, p)
	}
	return parts
}
