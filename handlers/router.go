package handlers

import (
	"net/http"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// router finds routes by path where Gin doesn't: for entries of a bundle, and to say what is wrong with a path.
type router struct {
	routes   []Route
	registry *spec.Registry
}

// params are what a path names: "type", "id", "vid" and "within".
type params map[string]string

// find is the route of a method and a path below the base, as "/Patient/1", with what the path names.
func (t router) find(method, path string) (*Route, params, error) {
	for i := range t.routes {
		if r := &t.routes[i]; r.Method == verb(method) {
			if p, ok := t.match(r, path); ok {
				return r, p, nil
			}
		}
	}
	_, err := t.explain(method, path)
	return nil, nil, err
}

// of is the route that a type goes to, of those with the same method and pattern as r: an operation's name may stand
// for different operations on different types.
func (t router) of(r *Route, typ string) *Route {
	if r.Operation == nil || r.Operation.For(typ) {
		return r
	}
	i := slices.IndexFunc(t.routes, func(o Route) bool {
		return o.Operation != nil && o.Method == r.Method && o.Pattern == r.Pattern && o.Operation.For(typ)
	})
	if i < 0 {
		return r
	}
	return &t.routes[i]
}

// verb is the method a route is registered under: HEAD is GET without the body.
func verb(method string) string {
	if method == http.MethodHead {
		return http.MethodGet
	}
	return method
}

// takes says whether a route is for a type.
func (r *Route) takes(typ string) bool {
	return r.Except != typ && (r.Operation == nil || r.Operation.For(typ))
}

// fits tells whether what a path names fits a route: its type is one of R4's and the operation's, its id can be one,
// its compartment is one. named is "" for what the path doesn't name.
func (t router) fits(r *Route, named func(string) string) bool {
	if r.Level == System {
		return true
	}
	typ, within := named("type"), named("within")
	if _, known := t.registry.Type(typ); !known || !r.takes(typ) {
		return false
	}
	return (r.Level != Instance || fhir.ValidID(named("id"))) && (within == "" || compartment(t.registry, typ, within))
}

// match tells whether a path fits a route, and what it names.
func (t router) match(r *Route, path string) (params, bool) {
	want, got := strings.Split(r.Pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	p := params{}
	for i, w := range want {
		switch {
		case w != "" && w[0] == ':' && got[i] != "":
			p[w[1:]] = got[i]
		case w != got[i]:
			return nil, false
		}
	}
	if vid, named := p["vid"]; named && !fhir.ValidID(vid) {
		return nil, false
	}
	return p, t.fits(r, func(name string) string { return p[name] })
}

// allowed are the methods that a path takes, sorted; nil if it is no path of ours.
func (t router) allowed(path string) []string {
	var methods []string
	for i := range t.routes {
		r := &t.routes[i]
		if _, ok := t.match(r, path); ok {
			methods = append(methods, r.Method)
			if r.Method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
		}
	}
	if methods == nil {
		return nil
	}
	methods = append(methods, http.MethodOptions)
	slices.Sort(methods)
	return slices.Compact(methods)
}

// explain says why no route takes a method and a path, and which methods the path does take.
func (t router) explain(method, path string) (allow []string, err error) {
	if allow = t.allowed(path); allow != nil {
		return allow, fhir.Errorf(fhir.NotAllowed, "", "This can't be done here. What can: %s.", strings.Join(allow, ", "))
	}
	if err := t.noOperation(path); err != nil {
		return nil, err
	}
	first, rest, deeper := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if _, ok := t.registry.Type(first); !ok {
		return nil, fhir.Errorf(fhir.UnknownType, "",
			"There is no such resource type or path. The types of R4 are written as in Patient or MedicationRequest; /metadata lists what is here.")
	}
	if id, _, _ := strings.Cut(rest, "/"); deeper && !fhir.ValidID(id) {
		return nil, fhir.Errorf(fhir.NotFound, "", "There is no such resource. An id is 1 to 64 letters, digits, - or dots.")
	}
	if err := t.noCompartment(path); err != nil {
		return nil, err
	}
	return nil, fhir.Errorf(fhir.NotFound, "", "There is no such path. /metadata lists what is here.")
}

// noOperation says which operations there are where one was asked for that isn't; nil if none was asked for.
func (t router) noOperation(path string) error {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	i := slices.IndexFunc(segments, func(s string) bool { return strings.HasPrefix(s, "$") })
	if i < 0 || i > 2 || i != len(segments)-1 {
		return nil
	}
	level, where := []Level{System, OfType, Instance}[i], []string{"at the base", "at ", "of a "}[i]
	if i > 0 {
		where += segments[0]
	}
	var names []string
	for _, r := range t.routes {
		if r.Operation != nil && r.Level == level && (i == 0 || r.Operation.For(segments[0])) && !slices.Contains(names, "$"+r.Operation.Name) {
			names = append(names, "$"+r.Operation.Name)
		}
	}
	if names == nil {
		names = []string{"none"}
	}
	return fhir.Errorf(fhir.NotFound, "", "There is no operation %.60q %s. Those there are: %s.", segments[i], where, strings.Join(names, ", "))
}

// compartment says whether a path [type]/[id]/[within] is a search in a compartment: within is a type that may be in
// it, or * for all of them (R4 search 3.1.1.2).
func compartment(r *spec.Registry, typ, within string) bool {
	if within == "*" {
		return r.Compartment(typ) != nil
	}
	t, ok := r.Type(within)
	return ok && t.Compartments[typ] != nil
}

// noCompartment says why a path isn't a search in a compartment; nil if it doesn't look like one.
func (t router) noCompartment(path string) error {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(segments) < 3 || len(segments) > 4 || len(segments) == 4 && segments[3] != "_search" {
		return nil
	}
	within, known := t.registry.Type(segments[2])
	if !known && segments[2] != "*" {
		return nil
	}
	in := t.registry.Compartment(segments[0])
	if in == nil {
		return fhir.Errorf(fhir.NotFound, "", "A %s has no compartment that could be searched. Search the type itself, by a reference.", segments[0])
	}
	names := make([]string, len(in))
	for i, t := range in {
		names[i] = t.Name
	}
	return fhir.Errorf(fhir.NotFound, "", "A %s is never in the compartment of a %s. What may be: %s.", within.Name, segments[0], strings.Join(names, ", "))
}
