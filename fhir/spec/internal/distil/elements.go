package main

import (
	"maps"
	"slices"
	"strings"
)

// definition is what is taken of a StructureDefinition.
type definition struct {
	Kind, Type, Derivation string
	Abstract               bool
	Snapshot               struct{ Element []element }
}

// element is one of a snapshot's.
type element struct {
	Path             string
	Min              int
	IsSummary        bool
	IsModifier       bool
	ContentReference string
	Constraint       []constraint
	Binding          *binding
	Type             []elementType
}

type elementType struct{ Code string }

// names are the JSON names of an element: several if it is a choice of types.
func (e element) names() []string {
	name := e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	stem, choice := strings.CutSuffix(name, "[x]")
	if !choice {
		return []string{name}
	}
	var names []string
	for _, t := range e.Type {
		names = append(names, stem+strings.ToUpper(t.Code[:1])+t.Code[1:])
	}
	return names
}

// definitions are the resource types (kind "resource") or data types (kind "complex-type") of R4 itself, profiles not.
func definitions(folder, kind string) ([]definition, error) {
	all, err := read[definition](folder, "StructureDefinition")
	return slices.DeleteFunc(all, func(d definition) bool {
		return d.Kind != kind || d.Abstract || d.Derivation != "specialization"
	}), err
}

// types gives the resource types and the JSON names of the elements that each must have.
func types(folder string) ([]string, error) {
	all, err := definitions(folder, "resource")
	var rows []string
	for _, d := range all {
		var required []string
		for _, e := range d.Snapshot.Element {
			if strings.Count(e.Path, ".") == 1 && e.Min > 0 {
				required = append(required, e.names()...)
			}
		}
		rows = append(rows, row(d.Type, strings.Join(required, " ")))
	}
	slices.Sort(rows)
	return append([]string{row("# type", "required")}, rows...), err
}

// tree is a data type, a resource type or a backbone element: what of it is in the summary.
type tree struct {
	keep  []child
	whole bool // nothing is dropped, so that it needs no row
}

// child is an element in the summary; row names its own tree, "" if it has none.
type child struct{ name, row string }

// summary gives for each type and element the elements it keeps in _summary=true, as "name" or, if it is not kept
// whole, "name:row". Elements that must be there are kept too, so that what is left is still a resource, and those that
// modify the meaning of others. A data type's own id and extensions go only where something else goes.
func summary(folder string) ([]string, error) {
	resources, err := definitions(folder, "resource")
	if err != nil {
		return nil, err
	}
	datatypes, err := definitions(folder, "complex-type")
	if err != nil {
		return nil, err
	}
	trees := map[string]*tree{}
	for _, d := range append(resources, datatypes...) {
		plant(trees, d)
	}
	for again := true; again; {
		again = false
		for _, t := range trees {
			partial := slices.ContainsFunc(t.keep, func(c child) bool { return trees[c.row] != nil && !trees[c.row].whole })
			if t.whole && partial {
				t.whole, again = false, true
			}
		}
	}
	rows := map[string]string{}
	for _, d := range resources {
		harvest(trees, d.Type, rows)
	}
	out := []string{row("# element", "keeps")}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		out = append(out, row(name, rows[name]))
	}
	return out, nil
}

// plant adds the trees of one definition.
func plant(trees map[string]*tree, d definition) {
	for _, e := range d.Snapshot.Element[1:] {
		parent := e.Path[:strings.LastIndexByte(e.Path, '.')]
		t := trees[parent]
		if t == nil {
			t = &tree{whole: true}
			trees[parent] = t
		}
		if !e.IsSummary && !e.IsModifier && e.Min == 0 {
			name := e.names()[0]
			t.whole = t.whole && (name == "id" || name == "extension")
			continue
		}
		for i, name := range e.names() {
			c := child{name: name}
			switch {
			case e.ContentReference != "":
				c.row = strings.TrimPrefix(e.ContentReference, "#")
			case e.Type[i].Code == "Extension":
			case e.Type[i].Code == "BackboneElement", e.Type[i].Code == "Element":
				c.row = e.Path
			default:
				c.row = e.Type[i].Code
			}
			t.keep = append(t.keep, c)
		}
	}
}

// harvest writes the row of a tree and of those it reaches.
func harvest(trees map[string]*tree, name string, rows map[string]string) {
	if _, done := rows[name]; done {
		return
	}
	rows[name] = ""
	var keeps []string
	for _, c := range trees[name].keep {
		t := trees[c.row]
		if t == nil || t.whole || len(t.keep) == 0 {
			keeps = append(keeps, c.name)
			continue
		}
		keeps = append(keeps, c.name+":"+c.row)
		harvest(trees, c.row, rows)
	}
	rows[name] = strings.Join(keeps, " ")
}
