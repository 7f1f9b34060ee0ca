package subset

import (
	"bytes"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Of is what _summary and _elements leave of a stored resource of a type, tagged SUBSETTED so that nobody takes it for
// the whole. Without either it is the resource as it stands. With both, only what both keep is kept. elements are names
// of top-level elements; of a choice, with or without the type ("value", "valueQuantity").
func Of(json []byte, t *spec.Type, summary search.Summary, elements []string) ([]byte, error) {
	if summary == search.SummaryFalse && elements == nil {
		return json, nil
	}
	if summary == search.SummaryCount {
		return nil, fhir.Errorf(fhir.Invalid, "_summary",
			"_summary=count is for a search: it counts what is found. Use true, text or data with a single resource.")
	}
	c := cut{t: t, summary: summary, elements: elements, out: make([]byte, 0, len(json)+len(tag))}
	if err := c.resource(json); err != nil {
		return nil, fhir.Fault("subset of a "+t.Name, err)
	}
	return c.out, nil
}

// cut is one subset while it's made.
type cut struct {
	t        *spec.Type
	summary  search.Summary
	elements []string
	out      []byte
}

func (c *cut) resource(json []byte) (err error) {
	var contained []byte
	metaDone := false
	c.out = append(c.out, '{')
	for m := range members(json, &err) {
		element := m.element()
		switch tree, kept := c.keeps(element); {
		case string(element) == "meta":
			c.meta(m.value)
			metaDone = true
		case kept && (tree == nil || len(m.name) != len(element)):
			c.comma()
			c.out = append(c.out, m.whole...)
		case kept:
			if err := c.part(m, tree); err != nil {
				return err
			}
		case string(element) == "contained":
			contained = m.value
		}
	}
	if err != nil {
		return err
	}
	if !metaDone {
		c.meta([]byte("{}"))
	}
	if contained != nil {
		if err := c.contained(contained); err != nil {
			return err
		}
	}
	c.out = append(c.out, '}')
	return nil
}

// always is kept in every subset: what identifies the resource, and what may change the meaning of the rest (R4
// extensibility 2.4.1).
var always = []string{"resourceType", "id", "meta", "implicitRules", "modifierExtension"}

// keeps says whether a top-level element stays, and if only in part, which part.
func (c *cut) keeps(name []byte) (*spec.Elements, bool) {
	if lists(always, name) {
		return nil, true
	}
	required := lists(c.t.Required, name)
	if c.elements != nil && !required && !c.named(name) {
		return nil, false
	}
	switch c.summary {
	case search.SummaryTrue:
		tree, ok := c.t.Summary.Of[string(name)]
		return tree, ok || required
	case search.SummaryText:
		return nil, required || string(name) == "text"
	case search.SummaryData:
		return nil, string(name) != "text"
	}
	return nil, true
}

// lists says whether a name is among some.
func lists(names []string, name []byte) bool {
	return slices.ContainsFunc(names, func(n string) bool { return n == string(name) })
}

// named says whether _elements names an element.
func (c *cut) named(name []byte) bool {
	for _, e := range c.elements {
		rest, ok := bytes.CutPrefix(name, []byte(e))
		// "value" names valueQuantity too: the upper case letter is where the type of a choice begins (R4 json
		// 2.6.2.1).
		if ok && (len(rest) == 0 || rest[0] >= 'A' && rest[0] <= 'Z' && c.choice(e)) {
			return true
		}
	}
	return false
}

// choice says whether an element is a choice of types.
func (c *cut) choice(name string) bool {
	for i := range c.t.Descriptor.Fields().Len() {
		if f := c.t.Descriptor.Fields().Get(i); f.JSONName() == name {
			return f.Message() != nil && f.Message().Oneofs().ByName("choice") != nil
		}
	}
	return false
}

// part writes what a tree keeps of a member; nothing if that is nothing.
func (c *cut) part(m member, tree *spec.Elements) error {
	start := len(c.out)
	c.comma()
	c.out = append(c.out, m.whole[:len(m.whole)-len(m.value)]...)
	wrote, err := c.value(m.value, tree)
	if !wrote {
		c.out = c.out[:start]
	}
	return err
}

// value writes what a tree keeps of an object or of an array of them, and says whether that is anything: R4 json 2.6.2
// has no empty ones.
func (c *cut) value(json []byte, tree *spec.Elements) (wrote bool, err error) {
	if len(json) == 0 || json[0] != '[' {
		return c.object(json, tree)
	}
	c.out = append(c.out, '[')
	for item := range items(json, &err) {
		start := len(c.out)
		c.comma()
		ok, err := c.object(item, tree)
		if err != nil {
			return false, err
		}
		if !ok {
			c.out = c.out[:start]
		}
		wrote = wrote || ok
	}
	c.out = append(c.out, ']')
	return wrote, err
}

func (c *cut) object(json []byte, tree *spec.Elements) (wrote bool, err error) {
	c.out = append(c.out, '{')
	start := len(c.out)
	for m := range members(json, &err) {
		element := m.element()
		sub, kept := tree.Of[string(element)]
		switch {
		case !kept:
		case sub == nil || len(m.name) != len(element):
			c.comma()
			c.out = append(c.out, m.whole...)
		default:
			if err := c.part(m, sub); err != nil {
				return false, err
			}
		}
	}
	wrote = len(c.out) > start
	c.out = append(c.out, '}')
	return wrote, err
}

// contained keeps the contained resources that what is kept refers to, and those that these refer to: a reference to #x
// without an x would be an error of ours (ref-1).
func (c *cut) contained(array []byte) (err error) {
	start := len(c.out)
	for found := true; found; {
		found = false
		for item := range items(array, &err) {
			id := idOf(item)
			if id == nil || !bytes.Contains(c.out, slices.Concat([]byte(`"#`), id, []byte(`"`))) || bytes.Contains(c.out[start:], item) {
				continue
			}
			found = true
			if len(c.out) == start {
				c.comma()
				c.out = append(c.out, `"contained":[`...)
			}
			c.comma()
			c.out = append(c.out, item...)
		}
	}
	if len(c.out) > start {
		c.out = append(c.out, ']')
	}
	return err
}

// idOf is the id of a resource, without quotes; nil if it has none.
func idOf(resource []byte) (id []byte) {
	var err error
	for m := range members(resource, &err) {
		if string(m.name) == "id" && len(m.value) > 2 {
			return m.value[1 : len(m.value)-1]
		}
	}
	return nil
}

// comma parts the next thing from the one before it.
func (c *cut) comma() {
	if last := c.out[len(c.out)-1]; last != '{' && last != '[' {
		c.out = append(c.out, ',')
	}
}
