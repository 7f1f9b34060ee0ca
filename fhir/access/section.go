package access

import (
	"slices"
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Section is what scopes ask of one section of the record, as the person who consents reads it.
type Section struct {
	spec.Section
	Can   Interaction
	Words string // "view", or "view and change"

	online [Manage + 1]bool // by how far it is open: whether there is anything that who is online can write
}

// Online is the section as somebody is asked about it to whom it is open online so far: what can be written online is
// less than what scopes ask for (I9).
func (s Section) Online(open Level) Section {
	switch s.Words = "view"; {
	case open >= Manage && s.online[Manage]:
		s.Words = "view and change"
	case open >= CanView && s.online[CanView]:
		s.Words = "view and ask for changes"
	}
	return s
}

// Sections are those that the scopes reach anything of, in the order in which people are asked about them. Scopes of
// backend services are left out: no person consents to those.
func (s Scopes) Sections(r *spec.Registry) []Section {
	var out []Section
	for _, section := range r.Sections() {
		asked := Section{Section: section, Words: "view"}
		for _, name := range r.Names() {
			t, _ := r.Type(name)
			if t.Access == nil || t.Access.Reach == spec.Context { // which is of the section of what it belongs to
				continue
			}
			can := s.can(t, section.Name)
			asked.Can |= can
			for _, row := range t.Online {
				if row.Section == section.Name && (row.Creates && can&C != 0 || !row.Creates && can&U != 0) {
					asked.online[levelOf(row.Level)] = true
				}
			}
		}
		if asked.Can&^read != 0 {
			asked.Words = "view and change"
		}
		if asked.Can != 0 {
			out = append(out, asked)
		}
	}
	return out
}

// Together are the sections of several grants as one: of each the most that one of them allows.
func Together(grants ...[]Section) (all []Section) {
	for _, sections := range grants {
		for _, s := range sections {
			i := slices.IndexFunc(all, func(o Section) bool { return o.Name == s.Name })
			switch {
			case i < 0:
				all = append(all, s)
			case len(s.Words) > len(all[i].Words): // "view and change" is more than "view"
				all[i] = s
			}
		}
	}
	return all
}

// can is what scopes for people allow at the most with what of a type belongs to a section.
func (s Scopes) can(t *spec.Type, section string) Interaction {
	var can Interaction
	for _, o := range s.clinical {
		if o.context != SystemContext && (o.types == "*" || o.types == t.Name) && o.reaches(t, section) {
			can |= o.can
		}
	}
	if t.Access.ReadOnly || t.Access.Reach == spec.Directory {
		can &= read
	}
	return can
}

// reaches says whether a scope may reach anything of a section: not if its query is another's of the type.
func (s scope) reaches(t *spec.Type, section string) bool {
	asked, other := strings.Split(s.query, "&"), false
	for _, of := range t.Access.Sections {
		switch {
		case of.Section == section && (of.Query == "" || slices.Contains(asked, of.Query)):
			return true
		case of.Section != section && of.Query != "" && slices.Contains(asked, of.Query):
			other = true
		}
	}
	return !other && t.Access.In(section)
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
				one.where = map[string]expr.Expr{name: where}
			}
			for _, one.context = range []Context{PatientContext, UserContext} {
				if one.context == UserContext || t.Access.Reach != spec.Staff {
					kept.clinical = append(kept.clinical, one)
				}
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
