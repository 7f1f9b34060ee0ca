package spec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
)

// IndexVersion is raised when the way in which values are indexed changes: by indexVersion the Fingerprints of the
// parameters whose values it is about do.
const IndexVersion = 3

// Definition is a search parameter as it is defined: a row of data/, or a SearchParameter resource.
type Definition struct {
	URL        string // its canonical URL; under "SearchParameter/" it is one of our own, relative to our base URL
	Code       string
	Kind       Kind
	Bases      []string // the types it searches, "Resource" and "DomainResource" among them
	Expression string   // FHIRPath; alternatives that begin with another type are passed over
	Targets    []string // of a reference: what it may point to; "Resource" is anything
	Components []Part
	Hot        bool
	// Unsupported says why it can't be offered; then nothing is compiled.
	Unsupported string

	builtin bool // a row of data/: it may be of a kind that package search has rules of its own for
}

// Part is a component of a composite's Definition.
type Part struct{ Definition, Expression string }

// With is the Registry with more search parameters. What is there already stays the very same *Param, so that entries
// and indexes made with it hold. A *fhir.Error says which definition can't be used, and why.
func (r *Registry) With(defs ...Definition) (*Registry, error) {
	out := &Registry{types: maps.Clone(r.types), names: r.names, defined: maps.Clone(r.defined), sections: r.sections}
	for _, d := range defs {
		out.defined[d.URL] = d.Kind
	}
	added := map[string][]*Param{}
	for _, d := range defs {
		if err := out.vet(d); err != nil {
			return nil, err
		}
		for _, name := range out.bases(d) {
			t, ok := out.types[name]
			if !ok {
				return nil, d.bad(fhir.Invalid, "R4 has no resource type %q; correct SearchParameter.base", name)
			}
			if added[name] == nil { // first change of this type: leave r's own as it is
				clone := *t
				clone.Params = maps.Clone(t.Params)
				t = &clone
				out.types[name] = t
			}
			p, err := out.param(t, d)
			if err != nil {
				return nil, err
			}
			t.Params[d.Code] = p
			added[name] = append(added[name], p)
		}
	}
	for name, params := range added {
		t := out.types[name]
		t.Codes = slices.Sorted(maps.Keys(t.Params))
		if t.Date == nil && t.date != "" {
			t.Date = t.Params[t.date]
		}
		t.branch(params)
		for _, p := range params {
			p.Fingerprint = t.fingerprint(p)
		}
	}
	return out, nil
}

// codeSyntax is what a code may be: it stands in URLs, where . and : have a meaning (R4 search 3.1.1.4.15).
var codeSyntax = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,63}$`)

// vet checks what doesn't depend on the type.
func (r *Registry) vet(d Definition) error {
	if !codeSyntax.MatchString(d.Code) {
		return d.bad(fhir.Invalid, "the code must be letters, digits, - and _, 64 at most, as in date-of-visit")
	}
	for _, target := range d.Targets {
		if r.types[target] == nil && target != "Resource" {
			return d.bad(fhir.Invalid, "R4 has no resource type %q; correct SearchParameter.target", target)
		}
	}
	special := d.Kind == 0 || (d.Kind == Special || d.Kind == Prose) && !d.builtin
	if d.Unsupported == "" && (special || d.Kind == Composite != (len(d.Components) > 0)) {
		return d.bad(fhir.NotSupported, "a search parameter of this type (%s, with %d components) isn't supported", d.Kind, len(d.Components))
	}
	return nil
}

// bases are the types that a definition searches.
func (r *Registry) bases(d Definition) []string {
	switch {
	case slices.Contains(d.Bases, "Resource"):
		return r.names
	case slices.Contains(d.Bases, "DomainResource"):
		return slices.DeleteFunc(slices.Clone(r.names), func(name string) bool {
			return r.types[name].Descriptor.Fields().ByName("contained") == nil
		})
	}
	return d.Bases
}

// param compiles a definition for one type.
func (r *Registry) param(t *Type, d Definition) (*Param, error) {
	p := &Param{Type: t.Name, Code: d.Code, Kind: d.Kind, URL: d.URL, Targets: r.targets(d), Hot: d.Hot,
		Unsupported: d.Unsupported, Expression: d.Expression}
	if there := t.Params[d.Code]; there != nil {
		return nil, d.bad(fhir.Conflict, "%s has a search parameter %q already (%s); choose another code", t.Name, d.Code, there.URL)
	}
	if d.Unsupported != "" || d.Kind == Special {
		return p, nil
	}
	paths, used, err := compile(model.R4().Of(t.Descriptor), d.Expression)
	if err != nil {
		return nil, d.because(t, err)
	}
	p.Expression = used
	if p.program, err = fit(d.Kind, paths, used); err != nil {
		return nil, d.because(t, err)
	}
	for _, part := range d.Components {
		c, err := r.component(paths, part)
		if err != nil {
			return nil, d.because(t, err)
		}
		p.Components = append(p.Components, Component{Param: c})
	}
	return p, nil
}

// component compiles a part for each type of element that the composite selects.
func (r *Registry) component(bases []route, part Part) (*Param, error) {
	kind := r.defined[part.Definition]
	if kind == 0 || kind == Composite || kind == Special {
		return nil, wrong(part.Expression, 0, "Its component refers to %q, which isn't a search parameter we know", part.Definition)
	}
	p := &Param{Kind: kind, URL: part.Definition, Expression: part.Expression}
	var done []*model.Type
	for _, base := range bases {
		if slices.Contains(done, base.at) {
			continue
		}
		if base.at == nil {
			return nil, wrong(part.Expression, 0, "Its expression leads to a choice of types, which can't have components")
		}
		done = append(done, base.at)
		paths, _, err := compile(base.at, part.Expression)
		if err != nil {
			return nil, err
		}
		program, err := fit(kind, paths, part.Expression)
		if err != nil {
			return nil, err
		}
		p.program = append(p.program, program...)
	}
	return p, nil
}

// fit makes the program of paths, if they lead to what the kind can search by.
func fit(k Kind, paths []route, src string) (program, error) {
	var p program
	for _, r := range paths {
		if !suits(k, r.at) {
			return nil, wrong(src, 0, "A %s parameter can't search in a %s", k, r.at.Name)
		}
		p = append(p, r)
	}
	return p, nil
}

// targets are the types a reference may point to, sorted.
func (r *Registry) targets(d Definition) []string {
	if slices.Contains(d.Targets, "Resource") {
		return r.names
	}
	return slices.Sorted(slices.Values(d.Targets))
}

// bad is an error about a definition.
func (d Definition) bad(k fhir.Kind, format string, args ...any) *fhir.Error {
	return fhir.Errorf(k, "SearchParameter", "search parameter %s (%s): "+format, append([]any{d.Code, d.URL}, args...)...)
}

// because is the error for a definition that doesn't compile for a type.
func (d Definition) because(t *Type, err error) *fhir.Error {
	var e *fhir.Error
	if !errors.As(err, &e) {
		return d.bad(fhir.Internal, "for %s: %w", t.Name, err)
	}
	out := d.bad(e.Kind, "for %s: %s", t.Name, e.Issues[0].Text)
	out.Issues[0].Expression = e.Issues[0].Expression
	return out
}

// indexVersion is the IndexVersion since which values of the parameter are indexed as they are.
func (p *Param) indexVersion() int {
	numeric := func(c Component) bool { return c.Param.indexVersion() == 3 }
	if p.Kind == Number || p.Kind == Quantity || slices.ContainsFunc(p.Components, numeric) {
		return 3 // as exact decimals
	}
	return 2
}

// fingerprint is a hash of all that decides which entries a resource of type t gets for p, and in which order: the
// paths, not the text, so that it holds when an expression is only written otherwise.
func (t *Type) fingerprint(p *Param) string {
	parts := append([]string{strconv.Itoa(p.indexVersion()), p.Kind.String()}, p.alternatives()...)
	slices.Sort(parts[2:])
	if p.Hot && t.Date != nil {
		parts = append(append(parts, "hot"), t.Date.alternatives()...)
	}
	hash := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(hash[:8])
}
