package index

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

func patient(t *testing.T) *spec.Type {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	typ, _ := r.Type("Patient")
	return typ
}

func TestAPositionIsTakenByItsOwnOrderOnly(t *testing.T) {
	typ := patient(t)
	family := OrderOf([]search.Sort{{Param: typ.Params["family"]}}, typ)
	name := Name(typ.Params["family"])
	doc, err := bson.Marshal(bson.D{{Key: "id", Value: "a"}, {Key: "u", Value: int64(7)},
		{Key: "s", Value: bson.D{{Key: name, Value: bson.D{{Key: "h", Value: int32(1)}, {Key: "a", Value: "ash"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	at, err := family.Position(doc)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := family.Beyond(at); err != nil || len(d) == 0 {
		t.Errorf("its own order says %v, %v", d, err)
	}
	birth := OrderOf([]search.Sort{{Param: typ.Params["birthdate"]}}, typ)
	operator, err := bson.Marshal(bson.D{{Key: "k", Value: bson.A{int32(1), bson.D{{Key: "$gt", Value: ""}}, int64(7), "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		order Order
		at    search.Position
	}{"another order": {birth, at}, "no BSON": {family, search.Position("x")}, "cut": {family, at[:len(at)-3]}, "an operator for a key": {family, operator}} {
		if d, err := c.order.Beyond(c.at); fhir.KindOf(err) != fhir.Invalid || err == nil {
			t.Errorf("%s: %v, %v; want fhir.Invalid", what, d, err)
		}
	}
}

func TestAnOrderNamesNoFieldTwice(t *testing.T) {
	typ := patient(t)
	for _, sort := range [][]search.Sort{nil, {{Param: spec.ID}}, {{Param: spec.LastUpdated, Desc: true}, {Param: spec.LastUpdated}},
		{{Param: typ.Params["family"]}, {Param: typ.Params["family"]}, {Param: spec.ID, Desc: true}}} {
		seen := map[string]bool{}
		for _, f := range OrderOf(sort, typ).Fields() {
			if seen[f] {
				t.Errorf("the order by %v names %s twice", sort, f)
			}
			seen[f] = true
		}
	}
}
