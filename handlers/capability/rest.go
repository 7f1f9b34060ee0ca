package capability

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// documentation says what the statement has no element for.
const documentation = "Prefer: respond-async is for $export, which asks for it; all else is answered at once. " +
	"A Consent is kept as a record and decides nothing: access is decided " +
	"by $online-access and $hide. Also conditional patch by search criteria; HEAD wherever there is GET; _summary, " +
	"_elements, _count, _sort, _total, " +
	"_include and _revinclude in searches; _count, _since, _at, _sort (_lastUpdated), _total and of the system _type " +
	"in histories, no _list; Prefer: return=minimal, representation or OperationOutcome, and handling=strict or " +
	"lenient. " +
	"Searches can be sent by GET or by POST to _search, also those in a compartment ([type]/[id]/[type] and [type]/[id]/*). " +
	"An unknown parameter is refused, unless handling=lenient. " +
	"To staff and systems that may search everything, _explain=true answers a search with an OperationOutcome that tells how it would be found and at what cost; " +
	"a search that would cost more than the server allows is refused with advice."

// marked says what staff find by _tag beside what is stored.
const marked = " Staff are served what is hidden from online view, not released yet, or whose online access is " +
	"switched off with a tag, and find it by that: _tag=" + search.MarkSystem +
	"|hidden, |held-back or |suspended. These tags are made when a resource is served, and never stored."

// totals says when an answer has a total.
func (in *Input) totals() string {
	said := " Pages link to the first, the previous, the next and the last. A search or history has a total when all " +
		"of it is on one page, and with _total=accurate"
	if in.Totals == 0 {
		return said + "."
	}
	return fmt.Sprintf("%s. The first page has one besides, if there are at most %d, of a history to who may read "+
		"everything, "+
		"and of a search in its own order for one token at most, of one patient or by who may search everything.", said,
		in.Totals)
}

// compartments is where R4 defines them: patient, relatedPerson …
const compartments = "http://hl7.org/fhir/CompartmentDefinition/"

// rest is the API over the named types.
func (in *Input) rest(types []string) rest {
	r := rest{Mode: "server", Documentation: documentation + marked + in.totals(), Security: in.Security.stated()}
	for _, i := range in.Interactions {
		if one := (interaction{Code: i.Code}); i.System && i.Code != "capabilities" && !slices.Contains(r.Interaction, one) {
			r.Interaction = append(r.Interaction, one)
		}
	}
	var all []*spec.Type
	for _, name := range types {
		if t, ok := in.Registry.Type(name); ok {
			all = append(all, t)
		}
	}
	pointing := in.pointing(all)
	for _, t := range all {
		r.Resource = append(r.Resource, in.of(t.Name).resource(t, pointing[t.Name]))
	}
	r.SearchParam, r.Operation = in.common(all), in.operations("")
	for _, name := range in.Compartments {
		r.Compartment = append(r.Compartment, compartments+strings.ToLower(name[:1])+name[1:])
	}
	return r
}

// resource is what can be done with a type. pointing are the reference parameters that may lead to it.
func (in *Input) resource(t *spec.Type, pointing []*spec.Param) resource {
	r := resource{
		Type: t.Name, Versioning: "versioned", ReadHistory: in.has("vread"), UpdateCreate: in.has("update"),
		ConditionalCreate: in.has("create"), ConditionalRead: "not-supported",
		ConditionalUpdate: in.conditional("update"), ConditionalDelete: "not-supported",
		ReferencePolicy: []string{"literal", "logical"},
	}
	if in.has("read") {
		r.ConditionalRead = "full-support"
	}
	if in.conditional("delete") {
		r.ConditionalDelete = "single"
	}
	for _, i := range in.Interactions {
		if one := (interaction{Code: i.Code}); !i.System && !slices.Contains(r.Interaction, one) {
			r.Interaction = append(r.Interaction, one)
		}
	}
	for _, p := range in.params(t) {
		r.SearchParam = append(r.SearchParam, in.searchParam(p))
		if p.Kind == spec.Reference {
			r.SearchInclude = append(r.SearchInclude, t.Name+":"+p.Code)
		}
	}
	r.Operation = in.operations(t.Name)
	for _, p := range pointing {
		r.SearchRevInclude = append(r.SearchRevInclude, p.Type+":"+p.Code)
	}
	return r
}

// params are the parameters of a type that can be searched by now, in the order of their codes.
func (in *Input) params(t *spec.Type) []*spec.Param {
	var out []*spec.Param
	for _, code := range t.Codes {
		if p := t.Params[code]; p.Unsupported == "" && (in.Ready == nil || in.Ready(p)) {
			out = append(out, p)
		}
	}
	return out
}

// pointing are the reference parameters that may lead to each type.
func (in *Input) pointing(types []*spec.Type) map[string][]*spec.Param {
	out := map[string][]*spec.Param{}
	for _, t := range types {
		for _, p := range in.params(t) {
			if p.Kind == spec.Reference {
				for _, target := range p.Targets {
					out[target] = append(out[target], p)
				}
			}
		}
	}
	return out
}

// common are the parameters that a search of the whole system can have: those that every type has.
func (in *Input) common(types []*spec.Type) []searchParam {
	if len(types) == 0 || !in.has("search-system") {
		return nil
	}
	var out []searchParam
	for _, p := range in.params(types[0]) {
		everywhere := !slices.ContainsFunc(types, func(t *spec.Type) bool {
			same := t.Params[p.Code]
			return same == nil || same.URL != p.URL || in.Ready != nil && !in.Ready(same)
		})
		if everywhere {
			out = append(out, in.searchParam(p))
		}
	}
	return out
}

func (in *Input) searchParam(p *spec.Param) searchParam {
	return searchParam{p.Code, in.definition(p), p.Kind.String(), modifiersText(p)}
}

// definition is the canonical URL of a parameter. Our own are below our base.
func (in *Input) definition(p *spec.Param) string {
	if strings.HasPrefix(p.URL, "SearchParameter/") {
		return in.Base + "/" + p.URL
	}
	return p.URL
}

// modifiersText says which modifiers and prefixes a parameter takes (R4 search 3.1.1.4.4, 3.1.1.4.5).
func modifiersText(p *spec.Param) string {
	modifiers := search.Modifiers(p)
	if len(modifiers) == 0 {
		return "No modifiers."
	}
	text := "Modifiers: :" + strings.Join(modifiers, ", :")
	if p.Kind == spec.Reference {
		text += ", :[type]"
	}
	text += "."
	if prefixes := search.Prefixes(p.Kind); prefixes != nil {
		text += " Prefixes: " + strings.Join(prefixes, ", ") + "."
	}
	return text
}
