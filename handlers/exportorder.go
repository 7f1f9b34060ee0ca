package handlers

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/operation"
	"frontdesk/store/transfer"
)

// formats are the values of _outputFormat (Bulk Data Access IG 2.0, query parameters).
var formats = []string{ndjson, "application/ndjson", "ndjson"}

// exportOrder reads the parameters of $export.
func (s *Server) exportOrder(r *Request) (o transfer.Order, err error) {
	_, asked, _ := strings.Cut(r.asked(), " ")
	o = transfer.Order{Request: s.base + "/" + asked, Records: r.Type != nil, Group: r.ID}
	a := r.Arguments
	format := a.Values["_outputFormat"]
	if format != nil && !slices.Contains(formats, strings.Replace(format[0], " ", "+", 1)) {
		return o, fhir.Errorf(fhir.NotSupported, "_outputFormat",
			"Exports are made as %s only. Ask for that, or leave _outputFormat out.", ndjson)
	}
	if given := a.Values["_since"]; given != nil {
		if o.Since, _, err = s.moment("_since", given[0]); err != nil {
			return o, err
		}
	}
	if a.Values[operation.Cursor] != nil {
		return o, fhir.Errorf(fhir.Invalid, operation.Cursor, "$export has no pages. Leave _cursor out.")
	}
	if o.Types, err = s.exportTypes(r); err != nil {
		return o, err
	}
	if o.Filters, err = s.exportFilters(r, o.Types); err != nil {
		return o, err
	}
	if o.Elements, err = s.exportElements(r, o.Types); err != nil {
		return o, err
	}
	o.Patients, err = exportPatients(r)
	return o, err
}

// listed are the values of a parameter that may hold several with commas between them.
func listed(values []string) (all []string) {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
	}
	return all
}

// exportTypes are the types that are asked for, else all that the caller may have.
func (s *Server) exportTypes(r *Request) ([]string, error) {
	registry := s.store.Registry()
	open := transfer.Types(r.Session, registry, r.Type != nil)
	given, asked := r.Arguments.Values["_type"]
	if !asked {
		if len(open) == 0 {
			return nil, fhir.Errorf(fhir.Forbidden, "",
				"Your access reaches nothing that could be exported. Ask for scopes as system/*.rs.")
		}
		return open, nil
	}
	names := listed(given)
	if r.Prefer.Lenient {
		names = slices.DeleteFunc(names, func(name string) bool { _, known := registry.Type(name); return !known })
	}
	names, err := s.types(strings.Join(names, ","))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		t, _ := registry.Type(name)
		switch {
		case r.Type != nil && !transfer.OfRecords(t):
			return nil, fhir.Errorf(fhir.Invalid, "_type",
				"A %s is in no patient's record. Leave it out here, or ask for it by %s/$export.", name, s.base)
		case !slices.Contains(open, name):
			return nil, fhir.Errorf(fhir.Forbidden, "_type",
				"Your access does not reach any %s. Ask for the scope it needs, as system/%[1]s.rs.", name)
		}
	}
	return names, nil
}

// nextFilter is where another search begins in a list of them: values have commas in them too.
var nextFilter = regexp.MustCompile(`,([A-Z][A-Za-z]+\?)`)

// exportFilters are the searches of _typeFilter, by type.
func (s *Server) exportFilters(r *Request, types []string) (map[string][]string, error) {
	filters := map[string][]string{}
	for _, value := range r.Arguments.Values["_typeFilter"] {
		for one := range strings.SplitSeq(nextFilter.ReplaceAllString(value, "\n$1"), "\n") {
			typ, query, ok := strings.Cut(one, "?")
			if !ok || !slices.Contains(types, typ) {
				return nil, fhir.Errorf(fhir.Invalid, "_typeFilter",
					"_typeFilter must be searches of types that are exported, as Observation?category=laboratory, and is %q.",
					fhir.Clip(one))
			}
			if _, err := transfer.Filter(s.store.Registry(), typ, query, s.store.SearchOptions()); err != nil {
				return nil, err
			}
			filters[typ] = append(filters[typ], query)
		}
	}
	return filters, nil
}

// exportElements are the elements asked for by type; those under "" of all types, of which one at least must have each.
func (s *Server) exportElements(r *Request, types []string) (map[string][]string, error) {
	elements := map[string][]string{}
	for _, one := range listed(r.Arguments.Values["_elements"]) {
		typ, name, of := strings.Cut(one, ".")
		in := []string{typ}
		if !of {
			typ, name, in = "", typ, types
		}
		known := slices.ContainsFunc(in, func(typ string) bool {
			_, err := search.Parse(s.store.Registry(), []string{typ}, "_elements="+name, s.store.SearchOptions())
			return slices.Contains(types, typ) && err == nil
		})
		if !known {
			return nil, fhir.Errorf(fhir.Invalid, "_elements",
				"_elements must be top-level elements of types that are exported, as id or Patient.name, and is %q.",
				fhir.Clip(one))
		}
		elements[typ] = append(elements[typ], name)
	}
	return elements, nil
}

// exportPatients are the ids of the patients who are named; nil if none are.
func exportPatients(r *Request) (ids []string, err error) {
	if r.Resource == nil {
		return nil, nil
	}
	var in struct {
		Parameter []struct {
			Name           string
			ValueReference struct{ Reference string }
		}
	}
	if err := json.Unmarshal(r.Resource.JSON, &in); err != nil {
		return nil, fhir.Fault("reading Parameters", err)
	}
	for _, p := range in.Parameter {
		if p.Name != "patient" || r.Type == nil {
			continue
		}
		typ, id, _ := strings.Cut(p.ValueReference.Reference, "/")
		if typ != "Patient" || !fhir.ValidID(id) {
			return nil, fhir.Errorf(fhir.Invalid, "Parameters.parameter.valueReference.reference",
				"The parameter patient must be a reference to a Patient of this server, as Patient/123.")
		}
		ids = append(ids, id)
	}
	return ids, nil
}
