package spec

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
)

// OnlineWrite is something that patients and proxies may write: a row of online.tsv. What has no row none of them
// writes (I9).
type OnlineWrite struct {
	Creates        bool     // it makes a resource; else it changes one
	By             []string // patient, proxy
	Section, Level string   // what of the record must be open, and how far
	Which          string   // which of the type's resources it is about, as a search; "" for all
	While          []OnlineElement
	Elements       []OnlineElement // what may be set or changed
	Tag            Coding          // what the server adds to meta.tag; zero for nothing
	Can            string          // what people are told that they can do, in a sentence or two
}

// OnlineElement is an element that may be written, with all that is in it.
type OnlineElement struct {
	Path     string   // as JSON names it, as "note.text"
	Values   []string // the only ones: a code, "system|code", or a reference: to "me", to the "patient", to a type. None: any
	Required bool     // it must be there afterwards
}

// Coding is a code of a system.
type Coding struct{ System, Code string }

// online fills Type.Online.
func (r *Registry) online() error {
	rows, err := table("online.tsv", 9)
	if err != nil {
		return err
	}
	for _, row := range rows {
		t := r.types[row[0]]
		if t == nil || t.Access == nil {
			return fhir.Fault("online.tsv", fmt.Errorf("no type %s that people reach", row[0]))
		}
		section, level, _ := strings.Cut(row[3], "=")
		system, code, _ := strings.Cut(row[7], "|")
		w := OnlineWrite{Creates: row[1] == "create", By: strings.Fields(row[2]), Section: section, Level: level, Which: row[4],
			While: elements(row[5]), Elements: elements(row[6]), Tag: Coding{system, code}, Can: row[8]}
		if err := r.writable(t, row[1], w); err != nil {
			return fhir.Fault("online.tsv", fmt.Errorf("%s %s: %w", row[0], row[1], err))
		}
		t.Online = append(t.Online, w)
	}
	return nil
}

func elements(text string) []OnlineElement {
	var all []OnlineElement
	for one := range strings.FieldsSeq(text) {
		path, values, only := strings.Cut(one, "=")
		e := OnlineElement{Path: strings.TrimPrefix(path, "!"), Required: strings.HasPrefix(path, "!")}
		if only {
			e.Values = strings.Split(values, ",")
		}
		all = append(all, e)
	}
	return all
}

// writable checks a row: all it names must be there.
func (r *Registry) writable(t *Type, do string, w OnlineWrite) error {
	switch {
	case do != "create" && do != "update":
		return fmt.Errorf("%q is nothing that anybody does online", do)
	case len(w.By) == 0 || slices.ContainsFunc(w.By, func(by string) bool { return by != "patient" && by != "proxy" }):
		return fmt.Errorf("%q is not who is online", w.By)
	case !slices.ContainsFunc(r.sections, func(s Section) bool { return s.Name == w.Section }):
		return fmt.Errorf("there is no section %q", w.Section)
	case w.Level != "view" && w.Level != "manage":
		return fmt.Errorf("%q is no level at which anything is written", w.Level)
	case w.Can == "":
		return fmt.Errorf("people aren't told what they can do")
	case slices.ContainsFunc(t.Online, func(o OnlineWrite) bool {
		return o.Creates == w.Creates && o.Section != w.Section && (o.Which == "" || w.Which == "")
	}):
		return fmt.Errorf("it can't be told from another row, of another section")
	}
	for _, e := range slices.Concat(w.While, w.Elements) {
		if !t.hasElement(e.Path) {
			return fmt.Errorf("there is no element %q", e.Path)
		}
	}
	return nil
}

// hasElement says that the type has an element, by the names it has in JSON; a choice has one for all its types too.
func (t *Type) hasElement(path string) bool {
	at := model.R4().Of(t.Descriptor)
	for name := range strings.SplitSeq(path, ".") {
		if at == nil {
			return false
		}
		m, e := at.Member(name), at.Element(name)
		switch {
		case m != nil:
			at = m.Type
		case e != nil:
			at = nil
		default:
			return false
		}
	}
	return true
}
