package settings

import (
	"encoding/json"
	"strings"

	"frontdesk/fhir"
)

// parameter is one of Parameters.parameter: a value, or parts.
type parameter struct {
	name  string
	kind  string // of the value, as "Boolean" in valueBoolean
	value json.RawMessage
	parts []parameter
}

// UnmarshalJSON reads it. Its form was checked when the resource was decoded.
func (p *parameter) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	for name, raw := range members {
		var err error
		kind, valued := strings.CutPrefix(name, "value")
		switch {
		case name == "name":
			err = json.Unmarshal(raw, &p.name)
		case name == "part":
			err = json.Unmarshal(raw, &p.parts)
		case valued:
			p.kind, p.value = kind, raw
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// MarshalJSON writes it.
func (p parameter) MarshalJSON() ([]byte, error) {
	if p.parts != nil {
		return json.Marshal(struct {
			Name string      `json:"name"`
			Part []parameter `json:"part"`
		}{p.name, p.parts})
	}
	return json.Marshal(map[string]any{"name": p.name, "value" + p.kind: p.value})
}

// of makes a parameter with a value, which can be marshalled.
func of(name, kind string, value any) parameter {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings, numbers and booleans
	}
	return parameter{name: name, kind: kind, value: text}
}

// text is a value that is a string in JSON, of any of some kinds.
func (p parameter) text(kinds ...string) (s string, err error) {
	for _, kind := range kinds {
		if p.kind == kind && json.Unmarshal(p.value, &s) == nil {
			return s, nil
		}
	}
	return "", p.wrong("Give it as value" + kinds[0] + ".")
}

// part is the one part of a name; ok is false if there is none.
func (p parameter) part(name string) (one parameter, ok bool) {
	for _, part := range p.parts {
		if part.name == name {
			return part, true
		}
	}
	return parameter{name: p.name + "." + name}, false
}

// wrong is an error about a parameter.
func (p parameter) wrong(advice string) error {
	e := fhir.Errorf(fhir.Invalid, "Parameters.parameter", "The parameter %s can't be read. %s", fhir.Clip(p.name), advice)
	e.Issues[0].Coding = "INVALID_PARAMETER"
	return e
}

// parameters are those of a Parameters resource.
func parameters(r *fhir.Resource) ([]parameter, error) {
	var in struct {
		Parameter []parameter `json:"parameter"`
	}
	if err := json.Unmarshal(r.JSON, &in); err != nil {
		return nil, fhir.Fault("reading Parameters", err)
	}
	return in.Parameter, nil
}

// resource is a Parameters resource.
func resource(ps []parameter) ([]byte, error) {
	text, err := json.Marshal(struct {
		ResourceType string      `json:"resourceType"`
		Parameter    []parameter `json:"parameter,omitempty"`
	}{"Parameters", ps})
	if err != nil {
		return nil, fhir.Fault("writing Parameters", err)
	}
	return text, nil
}
