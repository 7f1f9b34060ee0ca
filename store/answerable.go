package store

import (
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// unserved are the elements of types, besides references themselves, that redact may leave out with something that
// isn't open: the format of an attachment goes with the attachment.
var unserved = map[string]string{"DocumentReference": "DocumentReference.content"}

// answerable refuses, to who is online, a search that what isn't served would decide (I2): by words in all of a
// resource, among which are those of its narrative and the names of what it refers to; by such a name, or an
// identifier, where a reference may lead to an entry of the record; by what goes with an attachment; by an address that
// may be one of an entry; and an order by such a reference or address. The index has them of the resource as it is
// stored. What is served changes whenever something is hidden or released, so they are refused whatever the resource;
// what else can be searched by finds what it would find of the resource as it is served.
func (s *Session) answerable(q *search.Query) error {
	if !s.grant.HasOnlineRules() {
		return nil
	}
	for _, f := range q.From {
		if err := s.answerableBy(f.Type, f.Where); err != nil {
			return err
		}
	}
	for _, by := range q.Sort {
		address := by.Param.Kind == spec.URI &&
			slices.ContainsFunc(q.From, func(f search.From) bool { return ofSomebody(f.Type) })
		if address || by.Param.Kind == spec.Reference && s.toEntries(by.Param) {
			return notOnline("_sort", "an order by "+by.Param.Code+" can't be had online", "Sort by another parameter")
		}
	}
	return nil
}

func (s *Session) answerableBy(t *spec.Type, e expr.Expr) error {
	for leaf := range expr.Leaves(e) {
		var err error
		switch leaf := leaf.(type) {
		case expr.Chain, expr.Reverse, expr.Only:
			err = s.answerable(&search.Query{From: expr.Elsewhere(leaf)})
		case expr.Missing:
			if err = s.served(t, leaf.Param); leaf.Param.Kind == spec.URI && ofSomebody(t) {
				err = notOnline(leaf.Param.Code, "whether "+leaf.Param.Code+" is there can't be asked online",
					"Search by its value")
			}
		case expr.Test:
			err = s.answerableTest(t, leaf)
		case expr.And, expr.Or, expr.Not, expr.IDs, expr.Compartment, expr.Confined, expr.Visible, expr.Marked:
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mayLead says that what a search by a URI finds may lead to an entry of somebody's record.
func (s *Session) mayLead(is search.URIIs) bool {
	if is.Op != search.SameURI {
		return !search.Elsewhere(is.URL, s.store.options.Base)
	}
	_, leads := s.store.entry(is.URL)
	return leads
}

func (s *Session) answerableTest(t *spec.Type, e expr.Test) error {
	_, words := e.Is.(search.WordsIs)
	is, refers := e.Is.(search.RefIs)
	at, located := e.Is.(search.URIIs)
	switch {
	case located && ofSomebody(t) && s.mayLead(at):
		return notOnline(e.Param.Code, "an address on this server can't be searched for by "+e.Param.Code+" online",
			"Search by another parameter")
	case words && ofSomebody(t):
		return notOnline(e.Param.Code, "records can't be searched by words online", "Search by a code, as code:text")
	case e.Param.Kind == spec.Reference && (!refers || is.Identifier != nil) && s.toEntries(e.Param),
		e.Param.Kind == spec.Composite && slices.ContainsFunc(e.Param.Components, func(c spec.Component) bool { return c.Param.Kind == spec.Reference }):
		return notOnline(e.Param.Code, "what "+e.Param.Code+" refers to can't be searched by its name or identifier online", "Name it as Type/id")
	}
	return s.served(t, e.Param)
}

// served refuses a parameter of what redact may leave out with something else.
func (s *Session) served(t *spec.Type, p *spec.Param) error {
	if within := unserved[t.Name]; within != "" && strings.Contains(p.Expression, within+".") {
		return notOnline(p.Code, p.Code+" can't be searched by online", "Search by another parameter")
	}
	return nil
}

// toEntries says that a reference may lead to an entry of somebody's record.
func (s *Session) toEntries(p *spec.Param) bool {
	entries, _ := s.leads(p, "")
	return len(entries) > 0
}

func notOnline(param, what, instead string) error {
	return fhir.Errorf(fhir.NotSupported, param, "%s%s. %s.", strings.ToUpper(what[:1]), what[1:], instead)
}
