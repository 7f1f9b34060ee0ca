package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"frontdesk/fhir"
)

// Reach is how a patient reaches a type, if scopes allow it.
type Reach uint8

// The ways. The zero Reach is no way: only system scopes reach such a type.
const (
	Unreached Reach = iota
	Own             // only the resource whose id is the patient's
	Within          // what is in the patient's compartment and about the patient
	Context         // what belongs to something that is reached, as a Binary to a document
	Directory       // everything: who works where, and free appointments
	Staff           // nothing, but the practice's staff do
)

// reaches are their names in access.tsv.
var reaches = [...]string{"", "own", "compartment", "context", "directory", "staff"}

// Access is who may reach a type's resources, beside what scopes say: a row of access.tsv.
type Access struct {
	Reach    Reach
	ReadOnly bool     // only system callers write it
	Local    bool     // of a directory, patients reach what is of their own practice only: free times
	By       []string // codes of the references that say whom it is about
	Practice []Path   // by any of these it is a practice's
	Gives    []Path   // the other way round: references by which what they lead to becomes a practice's
	Leads    []Path   // references by which it may be made a practice's, or something of a practice's be taken for it
	Free     []Path   // an entry of a directory is every practice's unless by one of these it is anyone's
	Sections []SectionOf
	// While is a search that must hold for patients; {opens} and {closes} in it are the bounds of the practice's
	// booking window.
	While string
}

// Path is how a resource is a practice's.
type Path struct {
	Self    bool   // it is itself the Organization
	Code    string // the reference parameter
	Type    string // what it leads to, which must be the practice's in turn; "" for the Organization
	Reverse bool   // the parameter is that of Type, and points here
}

// SectionOf says that a type belongs to a section of the record.
type SectionOf struct {
	Section string
	Query   string // which of its resources do, as a search; "" for all
}

// Section is a part of the record that a person knows by name: a row of sections.tsv.
type Section struct {
	Name  string // as settings and scopes name it
	Title string // as people read it
	About string // what is in it, in a sentence
	// Default is the level at which a practice opens it that hasn't decided: "none", "view" or "manage"; "" where it
	// isn't for practices to decide.
	Default string
	// Of is the name that stands in settings for this and other sections together, "" for none.
	Of string
}

// Preset is levels of access to the record by one name: a row of presets.tsv.
type Preset struct {
	Name, Title string
	Sections    []string // that are open to be seen
	Now         bool     // only for what is added from now on
}

// sectionRows reads sections.tsv.
func sectionRows() ([]Section, error) {
	rows, err := table("sections.tsv", 5)
	if err != nil {
		return nil, err
	}
	var all []Section
	for _, row := range rows {
		all = append(all, Section{row[0], row[1], row[2], row[3], row[4]})
	}
	return all, nil
}

// Decided are the sections of which practices decide. They are the same whatever the Registry.
var Decided = sync.OnceValue(func() []Section {
	all, err := sectionRows()
	if err != nil {
		panic(err) // Load gives it as an error
	}
	return slices.DeleteFunc(all, func(s Section) bool { return s.Default == "" })
})

// Presets are the rows of presets.tsv.
var Presets = sync.OnceValue(func() []Preset {
	rows, err := table("presets.tsv", 4)
	if err != nil {
		panic(err) // it is embedded, and a test reads it
	}
	var all []Preset
	for _, row := range rows {
		all = append(all, Preset{row[0], row[1], strings.Fields(row[2]), row[3] == "now"})
	}
	return all
})

// Parents are the rows of parents.tsv: by system, the codes of relationships, in lower case as they are indexed.
var Parents = sync.OnceValue(func() map[string][]string {
	rows, err := table("parents.tsv", 2)
	if err != nil {
		panic(err) // it is embedded, and a test reads it
	}
	all := map[string][]string{}
	for _, row := range rows {
		all[row[0]] = append(all[row[0]], strings.Fields(strings.ToLower(row[1]))...)
	}
	return all
})

// Sections are the sections of the record, in the order in which people are asked about them.
func (r *Registry) Sections() []Section { return r.sections }

// Patients are the references by which a resource of this type is in patients' compartments: R4's
// (CompartmentDefinition), and where R4 has none those that say whom it is about (access.tsv).
func (t *Type) Patients() []*Param {
	if in := t.Compartments["Patient"]; in != nil || t.Access == nil || t.Access.Reach == Staff {
		return in
	}
	ps := make([]*Param, len(t.Access.By))
	for i, code := range t.Access.By {
		ps[i] = t.Params[code]
	}
	return ps
}

// In says whether any of a type's resources belong to a section.
func (a *Access) In(section string) bool {
	return slices.ContainsFunc(a.Sections, func(s SectionOf) bool { return s.Section == section })
}

// access fills Type.Access and the sections.
func (r *Registry) access() error {
	sections, err := sectionRows()
	if err != nil {
		return err
	}
	r.sections = sections
	for _, p := range Presets() {
		for _, name := range p.Sections {
			if !slices.ContainsFunc(sections, func(s Section) bool { return s.Name == name && s.Default != "" }) {
				return fhir.Fault("presets.tsv", fmt.Errorf("%s: there is no section %s", p.Name, name))
			}
		}
	}
	rows, err := table("access.tsv", 7)
	if err != nil {
		return err
	}
	for _, row := range rows {
		t := r.types[row[0]]
		if t == nil || t.Access != nil {
			return fhir.Fault("access.tsv", fmt.Errorf("no type %s, or twice", row[0]))
		}
		reach, more, _ := strings.Cut(row[1], " ")
		if more != "" && more != "read" && more != "local" {
			return fhir.Fault("access.tsv", fmt.Errorf("%s: there is no %q of a reach", row[0], more))
		}
		t.Access = &Access{Reach: Reach(slices.Index(reaches[:], reach)), ReadOnly: more == "read", Local: more == "local",
			By: strings.Fields(row[2]), Practice: paths(row[3]), Free: paths(row[4]), Sections: sectionsOf(row[5]), While: row[6]}
	}
	for _, row := range rows {
		if err := r.accessible(r.types[row[0]]); err != nil {
			return fhir.Fault("access.tsv", fmt.Errorf("%s: %w", row[0], err))
		}
		r.leads(r.types[row[0]])
	}
	return nil
}

// leads fills Access.Leads: the paths by which a row says that a type is a practice's, and of directory entries
// whatever refers to another that may be one.
func (r *Registry) leads(t *Type) {
	a := t.Access
	add := func(code, typ string) {
		if p := (Path{Code: code, Type: typ}); !slices.Contains(a.Leads, p) {
			a.Leads = append(a.Leads, p)
		}
	}
	for _, p := range a.Practice {
		if !p.Self && !p.Reverse {
			add(p.Code, cmp.Or(p.Type, "Organization"))
		}
	}
	if a.Reach != Directory || len(a.Practice) == 0 {
		return
	}
	for _, code := range t.Codes {
		p := t.Params[code]
		if p.Kind != Reference || p.Unsupported != "" {
			continue
		}
		for _, target := range p.Targets {
			if to := r.types[target].Access; to != nil && to.Reach == Directory && len(to.Practice) > 0 && !to.Practice[0].Self {
				add(code, target)
			}
		}
	}
}

func paths(text string) []Path {
	var ps []Path
	for one := range strings.FieldsSeq(text) {
		back, reverse := strings.CutPrefix(one, "<")
		switch code, to, leads := strings.Cut(one, ">"); {
		case one == "=":
			ps = append(ps, Path{Self: true})
		case reverse:
			typ, code, _ := strings.Cut(back, ".")
			ps = append(ps, Path{Code: code, Type: typ, Reverse: true})
		case leads:
			ps = append(ps, Path{Code: code, Type: to})
		default:
			ps = append(ps, Path{Code: one})
		}
	}
	return ps
}

func sectionsOf(text string) []SectionOf {
	var out []SectionOf
	for one := range strings.FieldsSeq(text) {
		name, query, _ := strings.Cut(one, "?")
		out = append(out, SectionOf{name, query})
	}
	return out
}

// accessible checks a row: all it names must be there, and it must end.
func (r *Registry) accessible(t *Type) error {
	a := t.Access
	if a.Reach < Own {
		return fmt.Errorf("there is no such reach")
	}
	reference := func(t *Type, code string) error {
		if t == nil || t.Params[code] == nil || t.Params[code].Kind != Reference || t.Params[code].Unsupported != "" {
			return fmt.Errorf("%q is no reference parameter", code)
		}
		return nil
	}
	for _, code := range a.By {
		if err := reference(t, code); err != nil {
			return err
		}
	}
	for _, p := range slices.Concat(a.Practice, a.Free) {
		of := t
		if p.Reverse {
			of = r.types[p.Type]
		}
		if to := r.types[p.Type]; p.Type != "" && (to == nil || to.Access == nil || len(to.Access.Practice) == 0) {
			return fmt.Errorf("it leads to %s, of which access.tsv doesn't say how it is a practice's", p.Type)
		}
		if err := reference(of, p.Code); !p.Self && err != nil {
			return err
		}
		if gives := (Path{Code: p.Code, Type: t.Name}); p.Reverse && !slices.Contains(of.Access.Gives, gives) {
			of.Access.Gives = append(of.Access.Gives, gives)
		}
	}
	for _, s := range a.Sections {
		if !slices.ContainsFunc(r.sections, func(o Section) bool { return o.Name == s.Section }) {
			return fmt.Errorf("there is no section %s", s.Section)
		}
	}
	return nil
}
