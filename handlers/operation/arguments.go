package operation

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/handlers/capability"
	"frontdesk/handlers/wire"
)

// Cursor is the parameter in the links of an operation that is paged. It needs no definition.
const Cursor = "_cursor"

// Arguments are what an operation is called with.
type Arguments struct {
	Values   map[string][]string // of the operation's own parameters, by name, where they are of a primitive type
	Criteria string              // every other parameter, as a raw query: search parameters, if the operation takes them
}

// Read takes them from the URL and a Parameters resource, which count together (R4 operations 3.2.0.1). body is nil if
// there is none. Parameters that aren't primitive are left in it for whoever carries the operation out. A parameter
// that the operation doesn't take, or not so often, is fhir.Invalid, naming it.
func Read(o *capability.Operation, query string, body *fhir.Resource) (Arguments, error) {
	a := Arguments{Values: map[string][]string{}}
	if body != nil {
		more, err := encode(o, body)
		if err != nil {
			return a, err
		}
		query = wire.Join(query, more)
	}
	var rest []string
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, err := wire.Pair(part)
		p := named(o, name)
		switch {
		case err != nil:
			return a, err
		case p != nil && !primitive(p.Type):
			return a, fhir.Errorf(fhir.Invalid, name,
				"The parameter %s is a %s, which has no place in a URL. Send it by POST, in a Parameters resource.", name, p.Type)
		case p != nil || name == Cursor:
			a.Values[name] = append(a.Values[name], value)
		case o.Criteria:
			rest = append(rest, part)
		default:
			return a, unknown(o, name)
		}
	}
	a.Criteria = strings.Join(rest, "&")
	return a, a.counted(o)
}

// counted holds the parameters to how often each may stand.
func (a Arguments) counted(o *capability.Operation) error {
	for name, values := range a.Values {
		if p := named(o, name); len(values) > 1 && (p == nil || p.Max == "1") {
			return fhir.Errorf(fhir.Invalid, name, "The parameter %s is given more than once. Give it once.", name)
		}
	}
	for _, p := range o.Parameters {
		if !p.Out && p.Min > 0 && primitive(p.Type) && len(a.Values[p.Name]) == 0 {
			return fhir.Errorf(fhir.Invalid, p.Name, "$%s needs the parameter %s: %s", o.Name, p.Name, p.Documentation)
		}
	}
	return nil
}

// One is a parameter's value; "" if it isn't there. It is for those that can't stand twice.
func (a Arguments) One(name string) string { return strings.Join(a.Values[name], ",") }

// Query is the arguments as a raw query in canonical order, without the cursor: for links.
func (a Arguments) Query() string {
	own := maps.Clone(a.Values)
	delete(own, Cursor)
	return wire.Join(url.Values(own).Encode(), a.Criteria)
}

// parameters is what is read of a Parameters resource. Its form was checked when it was decoded.
type parameters struct {
	Parameter []map[string]json.RawMessage
}

// encode is a Parameters resource as a raw query.
func encode(o *capability.Operation, body *fhir.Resource) (string, error) {
	if body.Type != "Parameters" {
		return "", fhir.Errorf(fhir.Invalid, "", "$%s takes a Parameters resource, not a %s.", o.Name, body.Type)
	}
	var in parameters
	if err := json.Unmarshal(body.JSON, &in); err != nil {
		return "", fhir.Fault("reading Parameters", err)
	}
	var parts []string
	for _, p := range in.Parameter {
		var name string
		if err := json.Unmarshal(p["name"], &name); err != nil {
			return "", fhir.Fault("reading Parameters.parameter.name", err)
		}
		if d := named(o, name); d != nil && !primitive(d.Type) {
			continue
		}
		value, ok := literal(p)
		if !ok {
			return "", fhir.Errorf(fhir.Invalid, "Parameters.parameter",
				"The parameter %s must have a value of a primitive type, as valueString or valueDate.", fhir.Clip(name))
		}
		parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return strings.Join(parts, "&"), nil
}

// literal is the primitive value of a parameter as it stands in a URL.
func literal(p map[string]json.RawMessage) (value string, ok bool) {
	for member, raw := range p {
		if !strings.HasPrefix(member, "value") || len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
			continue
		}
		if raw[0] == '"' {
			return value, json.Unmarshal(raw, &value) == nil
		}
		return string(raw), true
	}
	return "", false
}

// named is the parameter that an operation takes by a name; nil if there is none.
func named(o *capability.Operation, name string) *capability.Parameter {
	i := slices.IndexFunc(o.Parameters, func(p capability.Parameter) bool { return !p.Out && p.Name == name })
	if i < 0 {
		return nil
	}
	return &o.Parameters[i]
}

// primitive says whether a type is a primitive one: R4 writes those with a small letter.
func primitive(typ string) bool { return typ != "" && typ[0] >= 'a' && typ[0] <= 'z' }

func unknown(o *capability.Operation, name string) error {
	var names []string
	for _, p := range o.Parameters {
		if !p.Out {
			names = append(names, p.Name)
		}
	}
	return fhir.Errorf(fhir.Invalid, fhir.Clip(name), "$%s has no parameter %s. What it takes: %s.", o.Name, fhir.Clip(name), strings.Join(append(names, "_format", "_pretty"), ", "))
}
