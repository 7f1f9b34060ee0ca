package access

import (
	"slices"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Section is what scopes ask of one section of the record, as the person who consents reads it.
type Section struct {
	spec.Section
	Can   Interaction
	Words string // "view", or "view and change"
}

// Sections are those that the scopes reach anything of, in the order in which people are asked about them. Scopes of backend services
// are left out: no person consents to those.
func (s Scopes) Sections(r *spec.Registry) []Section {
	var out []Section
	for _, section := range r.Sections() {
		var can Interaction
		for _, name := range r.Names() {
			if t, _ := r.Type(name); t.Access != nil && t.Access.In(section.Name) {
				can |= s.can(t)
			}
		}
		switch {
		case can == 0:
		case can&^read == 0:
			out = append(out, Section{section, can, "view"})
		default:
			out = append(out, Section{section, can, "view and change"})
		}
	}
	return out
}

// can is what scopes for people allow with a type at the most.
func (s Scopes) can(t *spec.Type) Interaction {
	var can Interaction
	for _, o := range s.clinical {
		if o.context != SystemContext && (o.types == "*" || o.types == t.Name) {
			can |= o.can
		}
	}
	if t.Access.ReadOnly || t.Access.Reach == spec.Directory {
		can &= read
	}
	return can
}

// Keep is the scopes without what belongs only to other sections than those named. What belongs to none is kept.
func (s Scopes) Keep(r *spec.Registry, sections []string) Scopes {
	wanted := func(section Section) bool { return slices.Contains(sections, section.Name) }
	if asked := s.Sections(r); !slices.ContainsFunc(asked, func(a Section) bool { return !wanted(a) }) {
		return s
	}
	kept := Scopes{words: words}
	for _, name := range r.Names() {
		t, _ := r.Type(name)
		if t.Access == nil {
			continue // no person reaches it
		}
		for _, query := range keeps(t, sections) {
			one := scope{types: name, can: all, query: query}
			if query != "" {
				where, fault := granular(r, name, query, search.Options{})
				if fault != "" {
					continue // a section that can't be told from others isn't given
				}
				one.where = map[string]search.Expr{name: where}
			}
			for _, one.context = range []Context{PatientContext, UserContext} {
				kept.clinical = append(kept.clinical, one)
			}
		}
	}
	kept.clinical = append(kept.clinical, scope{context: SystemContext, types: "*", can: all})
	return s.Within(kept)
}

// keeps are the searches for what of a type belongs to one of some sections: "" for all of it.
func keeps(t *spec.Type, sections []string) []string {
	if len(t.Access.Sections) == 0 {
		return []string{""}
	}
	var queries []string
	for _, s := range t.Access.Sections {
		if slices.Contains(sections, s.Section) {
			queries = append(queries, s.Query)
		}
	}
	if len(queries) == len(t.Access.Sections) { // of the sections that share a type by searches, each resource is in one
		return []string{""}
	}
	return queries
}
