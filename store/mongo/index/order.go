package index

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Order is how matches are sorted: by fields of documents, the most significant first, until no two documents are
// equal.
type Order []field

// field is one of them.
type field struct {
	path []string
	desc bool
	kind bson.Type // what is in it, if it is there
	have presence
}

// presence is of which documents a field is in.
type presence uint8

// The presences.
const (
	some   presence = iota
	every           // it is in every document
	parted          // the field before it parts those that have it from those that don't
)

// when is the main date, newest first.
var when = field{[]string{"w"}, true, bson.TypeInt64, some}

// OrderOf is the order of a Query: its keys, then the time of the last change in the direction of the first, then type
// and id. A type is given if only resources of that one are searched.
func OrderOf(sort []search.Sort, only *spec.Type) Order {
	var o Order
	if only != nil && only.Date == nil && len(sort) > 0 && sort[0].Param == spec.LastUpdated && sort[0].Desc {
		o.add(when) // no resource of the type has it, and behind it the indexes are in this order
	}
	for _, s := range sort {
		switch {
		case s.Param == spec.ID:
			o.add(field{[]string{"id"}, s.Desc, bson.TypeString, every})
		case s.Param == spec.LastUpdated:
			o.add(field{[]string{"u"}, s.Desc, bson.TypeInt64, every})
		case only != nil && only.Date != nil && s.Desc && Name(s.Param) == Name(only.Date):
			o.add(when)
		default:
			o.param(s)
		}
	}
	o.add(field{[]string{"u"}, len(sort) > 0 && sort[0].Desc, bson.TypeInt64, every})
	if only == nil {
		o.add(field{[]string{"t"}, false, bson.TypeString, every})
	}
	o.add(field{[]string{"id"}, false, bson.TypeString, every})
	return o
}

// param adds the sort keys of a parameter. What has no value comes last: descending MongoDB does that by itself.
func (o *Order) param(s search.Sort) {
	kind, ok := rankType(s.Param)
	switch name := Name(s.Param); {
	case !ok: // Parse lets nobody sort by it
	case s.Desc:
		o.add(field{[]string{"s", name, "d"}, true, kind, some})
	default:
		o.add(field{[]string{"s", name, "h"}, true, bson.TypeInt32, some})
		o.add(field{[]string{"s", name, "a"}, false, kind, parted})
	}
}

// Reversed is the order from its end: an index of the one is an index of the other. What has no value comes first then,
// as MongoDB has it.
func (o Order) Reversed() Order {
	out := slices.Clone(o)
	for i := range out {
		out[i].desc = !out[i].desc
	}
	return out
}

// add adds a field, unless the order is by it already.
func (o *Order) add(f field) {
	for _, have := range *o {
		if have.name() == f.name() {
			return
		}
	}
	*o = append(*o, f)
}

func (f field) name() string {
	name := f.path[0]
	for _, part := range f.path[1:] {
		name += "." + part
	}
	return name
}

// Sort is the order as MongoDB takes it.
func (o Order) Sort() bson.D {
	out := make(bson.D, len(o))
	for i, f := range o {
		out[i] = bson.E{Key: f.name(), Value: 1}
		if f.desc {
			out[i].Value = -1
		}
	}
	return out
}

// Fields are the names of those the order is by.
func (o Order) Fields() []string {
	out := make([]string, len(o))
	for i, f := range o {
		out[i] = f.name()
	}
	return out
}

// rankType is the type of a parameter's sort keys in a document; ok is false if it can't be sorted by.
func rankType(p *spec.Param) (kind bson.Type, ok bool) {
	switch p.Kind {
	case spec.Date:
		return bson.TypeInt64, true
	case spec.String, spec.Token, spec.URI, spec.Reference, spec.Number, spec.Quantity:
		return bson.TypeString, true
	}
	return 0, false
}

// rankValue is a search.Rank as a sort key.
func rankValue(p *spec.Param, r search.Rank) any {
	if kind, _ := rankType(p); kind == bson.TypeInt64 {
		return r.Time
	}
	return r.Text
}
