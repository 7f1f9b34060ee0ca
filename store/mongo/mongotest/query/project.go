package query

import (
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
)

// Projection is which fields of a document are given: those named, or all but those named. _id is given unless it is
// said otherwise (MongoDB manual, Project Fields to Return from Query).
type Projection struct {
	fields  map[string]*Projection // nil: the whole field
	include bool
}

// ParseProjection reads {path: 0 or 1, …}; an empty one gives everything, and is nil.
func ParseProjection(doc bsoncore.Document) (*Projection, error) {
	p := &Projection{fields: map[string]*Projection{}}
	noID, mixed, first := false, false, true
	for dotted, v := range order.Fields(doc) {
		wanted, ok := flag(v)
		if !ok {
			return nil, fail.Refuse("%s in the projection of %q", v, dotted)
		}
		if dotted == "_id" {
			noID = !wanted
			continue
		}
		path, err := order.Path(dotted)
		if err != nil {
			return nil, err
		}
		mixed = mixed || !first && wanted != p.include
		first, p.include = false, wanted
		if !p.add(path) {
			return nil, fail.New(fail.BadValue, "Path collision at %s", dotted)
		}
	}
	if mixed {
		return nil, fail.New(fail.BadValue, "Cannot do inclusion and exclusion in one projection")
	}
	if first { // nothing but _id
		if _, named := order.Field(doc, "_id"); !named {
			return nil, nil
		}
		p.include = !noID
	}
	p.spread()
	if p.include != noID { // included with the rest, or excluded like the rest
		p.fields["_id"] = nil
	}
	return p, nil
}

func flag(v bsoncore.Value) (wanted, ok bool) {
	if number, isNumber := v.AsInt64OK(); isNumber {
		return number != 0, true
	}
	return v.BooleanOK()
}

func (p *Projection) add(path []string) bool {
	kid, known := p.fields[path[0]]
	switch {
	case known && (kid == nil || len(path) == 1):
		return false
	case len(path) == 1:
		p.fields[path[0]] = nil
		return true
	case !known:
		kid = &Projection{fields: map[string]*Projection{}}
		p.fields[path[0]] = kid
	}
	return kid.add(path[1:])
}

// spread says at every level what is said at the top.
func (p *Projection) spread() {
	for _, kid := range p.fields {
		if kid != nil {
			kid.include = p.include
			kid.spread()
		}
	}
}

// Apply is the document with the fields of the projection.
func (p *Projection) Apply(doc bsoncore.Document) bsoncore.Document {
	if p == nil {
		return doc
	}
	start, out := bsoncore.AppendDocumentStart(nil)
	for key, v := range order.Fields(doc) {
		kid, named := p.fields[key]
		switch {
		case !named && !p.include || named && kid == nil && p.include:
			out = bsoncore.AppendValueElement(out, key, v)
		case named && kid != nil:
			if within, ok := kid.within(v); ok {
				out = bsoncore.AppendValueElement(out, key, within)
			}
		}
	}
	out, _ = bsoncore.AppendDocumentEnd(out, start)
	return out
}

// within applies the projection to a field that is a document, or to each document of an array. Of other values an
// inclusion gives nothing, an exclusion everything.
func (p *Projection) within(v bsoncore.Value) (bsoncore.Value, bool) {
	switch v.Type {
	case bsoncore.TypeEmbeddedDocument:
		return bsoncore.Value{Type: v.Type, Data: p.Apply(v.Data)}, true
	case bsoncore.TypeArray:
		builder := bsoncore.NewArrayBuilder()
		for _, element := range order.Elements(v.Data) {
			if kept, ok := p.within(element); ok {
				builder.AppendValue(kept)
			}
		}
		return bsoncore.Value{Type: v.Type, Data: builder.Build()}, true
	}
	return v, !p.include
}
