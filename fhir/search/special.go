package search

import (
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// specials are the parameters that are made of others, and so have no index: how each is compiled for a type.
var specials = map[string]func(c *parser, t *spec.Type, whole param) (Expr, error){}

func init() { // they use the table themselves
	specials = map[string]func(c *parser, t *spec.Type, whole param) (Expr, error){
		"_filter": (*parser).filter,
		"_list":   (*parser).list,
	}
}

// list compiles _list (R4 search 3.1.1.4.22): a List with one of the ids has the resource among its items.
// An item marked as deleted still counts, because it is the List's history that the mark belongs to. It is a _has by
// another name, so the caller must be allowed to see the List.
func (c *parser) list(t *spec.Type, whole param) (Expr, error) {
	const example = "_list=42"
	by, err := c.typ("List")
	if err != nil {
		return nil, err
	}
	item, err := c.lookup(by, "item")
	if err != nil {
		return nil, err
	}
	if err := c.usable(item); err != nil {
		return nil, err
	}
	var ids IDs
	for _, id := range split(whole.value, ',') {
		switch {
		case strings.HasPrefix(id, "$"):
			return nil, unsupported(quoted(whole.name+"="+id),
				"nobody keeps this list here; name a List by its id, as %s, or ask by clinical-status", example)
		case !fhir.ValidID(id):
			return nil, bad(quoted(whole.name), example, "it is the id of a List: 1 to 64 letters, digits, - and .")
		}
		if err := c.count(whole.name); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	any := Or{}
	for _, b := range item.Answers() {
		if b.Target == "" || b.Target == t.Name {
			any = append(any, Reverse{Param: b.Param, By: From{Type: by, Where: ids}})
		}
	}
	return expr.AnyOf(any...), nil
}
