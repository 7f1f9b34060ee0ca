package store

import (
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// A canonical refers to a resource by its url, and with "|" behind it by its version too (R4 references 2.3.0.3). It is
// followed through the search parameters url and version of what it can refer to.

// forwardCanonical wants what the canonicals of a source refer to.
func (inc *includer) forwardCanonical(want wanted, doc *search.Doc, is []search.Include) {
	for _, e := range doc.Entries {
		ref, ok := e.Value.(search.Ref)
		if !ok || ref.ID != "" || ref.URL == "" || strings.HasSuffix(ref.URL, "|") || narrower(doc, e, ref.URL) {
			continue
		}
		url, version, _ := strings.Cut(ref.URL, "|")
		for _, target := range e.Param.Targets {
			t, known := inc.store.Registry().Type(target)
			if !known || !slices.ContainsFunc(is, func(i search.Include) bool { return follows(i, e.Param, target) }) {
				continue
			}
			if test := canonically(t, url, version); test != nil {
				of := want.of(target)
				of.tests = append(of.tests, test)
			}
		}
	}
}

// narrower says that a canonical's url, which has an entry of its own, stands in the source with a version: then that
// is meant.
func narrower(doc *search.Doc, e search.Entry, url string) bool {
	return slices.ContainsFunc(doc.Entries, func(other search.Entry) bool {
		ref, ok := other.Value.(search.Ref)
		return ok && other.Param == e.Param && strings.HasPrefix(ref.URL, url+"|") && ref.URL != url+"|"
	})
}

// canonically is true of resources of a type that have a url, and a version unless that is "". nil: the type has no
// url.
func canonically(t *spec.Type, url, version string) expr.Expr {
	by, at := t.Params["url"], t.Params["version"]
	if by == nil || by.Kind != spec.URI || !by.Indexed() {
		return nil
	}
	test := expr.Test{Param: by, Is: search.URIIs{URL: url}}
	if version == "" || at == nil || at.Kind != spec.Token {
		return test
	}
	return expr.And{test, expr.Test{Param: at, Is: search.TokenIs{Code: strings.ToLower(version), AnySystem: true}}}
}

// reverseCanonical wants what refers to a source by its url, with its version or without one.
func (inc *includer) reverseCanonical(want wanted, src *fhir.Stored, is []search.Include) error {
	t, known := inc.store.Registry().Type(src.Key.Type)
	is = slices.DeleteFunc(slices.Clone(is), func(i search.Include) bool { return i.Target != "" && i.Target != src.Key.Type })
	if len(is) == 0 || !known || t.Params["url"] == nil {
		return nil
	}
	doc, err := inc.store.doc(t, src)
	if err != nil {
		return err
	}
	url, version := "", ""
	for _, e := range doc.Entries {
		switch v := e.Value.(type) {
		case search.URL:
			if e.Param == t.Params["url"] {
				url = v.Value
			}
		case search.Token:
			if e.Param == t.Params["version"] {
				version = v.Code
			}
		}
	}
	if url == "" {
		return nil
	}
	for _, i := range is {
		for _, p := range params(i) {
			if slices.Contains(p.Targets, src.Key.Type) {
				want.of(i.Source.Name).canonical(p, url, version)
			}
		}
	}
	return nil
}

// canonical wants what refers to a url in a parameter: without a version, or with the one given.
func (w *want) canonical(p *spec.Param, url, version string) {
	for _, b := range p.Answers() {
		if b.Param.Kind != spec.Reference || !b.Param.Indexed() {
			continue
		}
		w.tests = append(w.tests, expr.Test{Param: b.Param, Is: search.RefIs{URL: url + "|"}})
		if version != "" {
			w.tests = append(w.tests, expr.Test{Param: b.Param, Is: search.RefIs{URL: url + "|" + version}})
		}
	}
}
