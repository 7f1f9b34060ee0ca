package main

import (
	"slices"
	"strings"
)

// base begins the canonical URL of every SearchParameter of R4.
const base = "http://hl7.org/fhir/SearchParameter/"

// everything is how many targets a parameter lists that may point to anything (Parameters is never stored).
const everything = 145

// parameter is what is taken of a SearchParameter.
type parameter struct {
	ID, URL, Code, Type, Expression string
	Base, Target                    []string
	Component                       []struct{ Definition, Expression string }
}

// prose are the parameters that search by words, and what they search: R4 gives them no expression.
var prose = map[string]string{"_text": "DomainResource.text", "_content": "Resource"}

// params gives the search parameters, one row for each type they search. Left out are the examples, and those of
// genetics and extension packs, which search by the URL of an extension; and _id and _lastUpdated, which spec has in
// Go.
func params(folder string) ([]string, error) {
	all, err := read[parameter](folder, "SearchParameter")
	if err != nil {
		return nil, err
	}
	var rows []string
	for _, p := range all {
		if strings.Contains(p.ID, "-extension") || strings.Contains(p.ID, "genetic") || strings.HasPrefix(p.ID, "example") ||
			p.Code == "_id" || p.Code == "_lastUpdated" {
			continue
		}
		if p.ID == "filter" { // the one whose code lacks the underscore it is used with (R4 search 3.1.3)
			p.Code = "_filter"
		}
		if what, ok := prose[p.Code]; ok {
			p.Type, p.Expression = "prose", what
		}
		// RequestGroup-instantiates-canonical lists no targets
		if slices.Sort(p.Target); len(p.Target) == everything || p.Type == "reference" && len(p.Target) == 0 {
			p.Target = []string{"Resource"}
		}
		for _, typ := range p.Base {
			rows = append(rows, row(typ, p.Code, p.Type, strings.TrimPrefix(p.URL, base), of(typ, p.Expression), strings.Join(p.Target, " "), components(p)))
		}
	}
	slices.Sort(rows)
	return append([]string{row("# type", "code", "kind", "id", "expression", "targets", "components")}, rows...), nil
}

// of keeps those alternatives of an expression that begin with the type, or with an element (as InsurancePlan-name
// does).
func of(typ, expression string) string {
	var keep []string
	for _, part := range strings.Split(expression, "|") {
		part = strings.TrimSpace(part)
		if root := strings.TrimLeft(part, "("); root == typ || strings.HasPrefix(root, typ+".") || root != "" && root[0] >= 'a' {
			keep = append(keep, part)
		}
	}
	return strings.Join(keep, " | ")
}

// components writes the parts of a composite: the id of the part's definition, "=", and its expression.
func components(p parameter) string {
	var parts []string
	for i, c := range p.Component {
		if p.ID == "DocumentReference-relationship" { // R4 gives each part the other's definition
			c.Definition = p.Component[1-i].Definition
		}
		parts = append(parts, strings.TrimPrefix(c.Definition, base)+"="+c.Expression)
	}
	return strings.Join(parts, "; ")
}

// compartment is what is taken of a CompartmentDefinition.
type compartment struct {
	URL, Code string
	Resource  []struct {
		Code  string
		Param []string
	}
}

// compartments gives the parameters by which a type is in a compartment. "{def}" stands for a resource's place in its
// own.
func compartments(folder string) ([]string, error) {
	all, err := read[compartment](folder, "CompartmentDefinition")
	if err != nil {
		return nil, err
	}
	var rows []string
	for _, c := range all {
		for _, r := range c.Resource {
			if len(r.Param) > 0 && !strings.HasSuffix(c.URL, "/example") {
				rows = append(rows, row(c.Code, r.Code, strings.Join(r.Param, " ")))
			}
		}
	}
	slices.Sort(rows)
	return append([]string{row("# compartment", "type", "parameters")}, rows...), nil
}
