package search

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// literal is the oneof of Reference that says where it points; typed has, for its fields that are a resource's id, the
// type.
var literal, typed = func() (protoreflect.OneofDescriptor, map[protoreflect.FieldNumber]string) {
	types := map[protoreflect.FieldNumber]string{}
	for _, t := range model.R4().Resources() {
		if f := model.R4().ReferenceID(t.Name); f != nil {
			types[f.Number()] = t.Name
		}
	}
	return (&dt.Reference{}).ProtoReflect().Descriptor().Oneofs().ByName("reference"), types
}()

// typeNames are the resource types a reference can have.
var typeNames = func() map[string]bool {
	names := map[string]bool{}
	for _, t := range typed {
		names[t] = true
	}
	return names
}()

func parseReference(c *parser, p *spec.Param, modifier, value string) (Criterion, error) {
	switch modifier {
	case "text":
		return parseString(nil, nil, "", value)
	case "identifier":
		t, err := tokenOf(value)
		return RefIs{Identifier: &t}, err
	}
	text, err := unescape(value)
	if err != nil {
		return nil, err
	}
	want := modifier // :[type]
	if fhir.ValidID(text) {
		if want == "" && len(p.Targets) == 1 {
			want = p.Targets[0]
		}
		return RefIs{Type: want, ID: text}, nil
	}
	if strings.Contains(text, "|") { // a canonical's version: url|version (R4 search 3.1.1.4.13)
		return RefIs{Type: want, URL: text}, nil
	}
	r, ok := refOf(text, c.base)
	switch {
	case !ok:
		return nil, errors.New("a reference is an id, Type/id or an absolute URL")
	case r.URL != "":
		return RefIs{Type: want, URL: r.URL}, nil
	case want != "" && r.Type != want:
		return nil, fmt.Errorf("it asks for a %s and names a %s", want, r.Type)
	case len(p.Targets) > 0 && !slices.Contains(p.Targets, r.Type):
		return nil, fmt.Errorf("it can't refer to a %s, only to %s", r.Type, list(p.Targets))
	}
	return RefIs{Type: r.Type, ID: r.ID, Version: r.Version}, nil
}

// refOf reads "Type/id" and "Type/id/_history/1", also under our own base however that is written, and absolute URLs of
// any kind.
func refOf(s, base string) (Ref, bool) {
	if r, ok := relative(s); ok {
		return r, true
	}
	own := false
	if strings.Contains(s, "//") && base != "" {
		var below string
		if below, own = Own(s, base); own {
			if r, ok := relative(below); ok {
				return r, true
			}
		}
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || own || scheme == "" || rest == "" || strings.ContainsAny(scheme, "/ ?#") {
		return Ref{}, false
	}
	return Ref{URL: s, Type: typeIn(s)}, true
}

func relative(s string) (Ref, bool) {
	if typ, _, ok := strings.Cut(s, "/"); !ok || !typeNames[typ] {
		return Ref{}, false
	}
	parts := strings.Split(s, "/")
	if len(parts) != 2 && (len(parts) != 4 || parts[2] != "_history") || !typeNames[parts[0]] || !fhir.ValidID(parts[1]) {
		return Ref{}, false
	}
	r := Ref{Type: parts[0], ID: parts[1]}
	if len(parts) == 4 {
		v, err := strconv.ParseInt(parts[3], 10, 64)
		if err != nil || v < 1 {
			return Ref{}, false
		}
		r.Version = v
	}
	return r, true
}

// typeIn is the resource type that another server's URL names: https://there/fhir/Patient/1.
func typeIn(url string) string {
	url, _, _ = strings.Cut(url, "/_history/")
	parts := strings.Split(url, "/")
	if n := len(parts); n >= 4 && typeNames[parts[n-2]] && fhir.ValidID(parts[n-1]) {
		return parts[n-2]
	}
	return ""
}

func takeReference(t *extractor, m proto.Message, yield func(Value)) {
	switch v := m.(type) {
	case *dt.Reference:
		r := literalOf(t, v)
		if r.Type == "" {
			_, r.Type = cutLast(v.GetType().GetValue(), "/")
		}
		r.Text = prose.Fold(v.GetDisplay().GetValue())
		named := false
		if id := v.GetIdentifier(); id != nil {
			takeIdentifier(id, func(token Token) {
				with := r
				with.Identifier, named = &token, true
				yield(with)
			})
		}
		if !named && r != (Ref{}) {
			yield(r)
		}
	case interface{ GetValue() string }: // canonical and uri; a canonical is found with and without its version, and as one that has none
		bare, _, versioned := strings.Cut(v.GetValue(), "|")
		r := t.ref(bare)
		if bare != "" {
			yield(r)
		}
		if _, canonical := m.(*dt.Canonical); versioned {
			yield(Ref{Type: r.Type, URL: v.GetValue()})
		} else if canonical && r.URL != "" {
			yield(Ref{Type: r.Type, URL: bare + "|"})
		}
	}
}

// ref is a reference given as text; one of no known form is kept as a URL, so that it counts as there.
func (t *extractor) ref(s string) Ref {
	if r, ok := refOf(s, t.base); ok {
		return r
	}
	return Ref{URL: s}
}

func literalOf(t *extractor, v *dt.Reference) Ref {
	m := v.ProtoReflect()
	f := m.WhichOneof(literal)
	if f == nil {
		return Ref{}
	}
	switch to := m.Get(f).Message().Interface().(type) {
	case *dt.String:
		if f.Name() == "fragment" { // a contained resource
			return Ref{URL: "#" + to.GetValue()}
		}
		return t.ref(to.GetValue())
	case *dt.ReferenceId:
		version, err := strconv.ParseInt(to.GetHistory().GetValue(), 10, 64)
		if err != nil {
			version = 0
		}
		return Ref{Type: typed[f.Number()], ID: to.GetValue(), Version: version}
	}
	return Ref{}
}

// cutLast cuts s around the last sep; without one, all of it is behind.
func cutLast(s, sep string) (before, after string) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+len(sep):]
}

func (c RefIs) meets(v Value) bool {
	r, ok := v.(Ref)
	// A logical reference need not say what it is to (Reference.type is optional): then it may be to any of the
	// parameter's types.
	anything := c.Identifier != nil && r.Type == "" && r.ID == ""
	switch {
	case !ok || c.Type != "" && c.Type != r.Type && !anything:
		return false
	case c.ID != "":
		return c.ID == r.ID && (c.Version == 0 || c.Version == r.Version)
	case c.URL != "":
		return c.URL == r.URL
	case c.Identifier != nil:
		return r.Identifier != nil && c.Identifier.meets(*r.Identifier)
	}
	return true
}

// String is the compact form: "Type/id", "Type/id/_history/1", "Type/*", the URL, or "identifier system|value".
func (c RefIs) String() string {
	switch {
	case c.ID != "":
		t := c.Type
		if t == "" {
			t = "*"
		}
		return fhir.Key{Type: t, ID: c.ID, Version: c.Version}.String()
	case c.URL != "":
		return strings.TrimPrefix(c.Type+" "+c.URL, " ")
	case c.Identifier != nil:
		return strings.TrimPrefix(c.Type+" identifier "+c.Identifier.String(), " ")
	}
	return c.Type + "/*"
}
