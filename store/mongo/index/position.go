package index

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// place is a search.Position: the sort keys of a document, null for one it hasn't got.
type place struct {
	Keys []bson.RawValue `bson:"k"`
}

// Position is where a document stands in the order.
func (o Order) Position(doc bson.Raw) (search.Position, error) {
	p := place{Keys: make([]bson.RawValue, len(o))}
	for i, f := range o {
		v, err := doc.LookupErr(f.path...)
		if err != nil {
			v = bson.RawValue{Type: bson.TypeNull}
		}
		p.Keys[i] = v
	}
	out, err := bson.Marshal(p)
	if err != nil {
		return nil, fhir.Fault("write a page's position", err)
	}
	return out, nil
}

// Beyond is the condition that a document comes after a Position; nil for the start. A Position of another order is
// refused.
func (o Order) Beyond(at search.Position) (bson.D, error) {
	if at == nil {
		return nil, nil
	}
	var p place
	if err := bson.Unmarshal(at, &p); err != nil || len(p.Keys) != len(o) {
		return nil, BadCursor()
	}
	for i, f := range o {
		if t := p.Keys[i].Type; t != f.kind && (t != bson.TypeNull || f.have == every) || p.Keys[i].Validate() != nil {
			return nil, BadCursor()
		}
	}
	var any bson.A
	var equal bson.A
	for i, f := range o {
		v := p.Keys[i]
		for _, beyond := range f.beyond(v) {
			any = append(any, conjoined(append(equal[:len(equal):len(equal)], beyond)))
		}
		equal = append(equal, f.equal(v))
	}
	// The first key alone bounds what is read.
	return conjoined(append(bson.A{bson.D{{Key: "$or", Value: any}}}, o[0].notBefore(p.Keys[0])...)), nil
}

func conjoined(parts bson.A) bson.D {
	if len(parts) == 1 {
		return parts[0].(bson.D)
	}
	return bson.D{{Key: "$and", Value: parts}}
}

// beyond are the ways in which this field alone can put a document behind one with v.
func (f field) beyond(v bson.RawValue) []bson.D {
	switch none := v.Type == bson.TypeNull; {
	case none && (f.desc || f.have == parted): // it comes last, or all have none
		return nil
	case none:
		return []bson.D{f.is("$exists", true)}
	case f.desc && f.have != some:
		return []bson.D{f.is("$lt", v)}
	case f.desc:
		return []bson.D{f.is("$lt", v), f.is("$exists", false)}
	}
	return []bson.D{f.is("$gt", v)} // what has no value comes first, or was put last by the field before
}

func (f field) equal(v bson.RawValue) bson.D {
	if v.Type == bson.TypeNull {
		return f.is("$exists", false)
	}
	return f.is("$eq", v)
}

// notBefore is what holds of all that is equal or beyond, as one range of an index.
func (f field) notBefore(v bson.RawValue) bson.A {
	switch none := v.Type == bson.TypeNull; {
	case none && f.desc:
		return bson.A{f.equal(v)}
	case none:
		return nil
	case f.desc && f.have == every:
		return bson.A{f.is("$lte", v)}
	case f.desc:
		return bson.A{f.is("$not", bson.D{{Key: "$gt", Value: v}})}
	}
	return bson.A{f.is("$gte", v)}
}

func (f field) is(op string, v any) bson.D {
	return bson.D{{Key: f.name(), Value: bson.D{{Key: op, Value: v}}}}
}

// BadCursor tells of a Position that isn't one of the search's.
func BadCursor() *fhir.Error {
	return fhir.Errorf(fhir.Invalid, "_cursor", "This page link isn't one of ours, or belongs to another search. Start again from the first page.")
}
