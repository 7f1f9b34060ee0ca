package filled_test

import (
	"testing"

	"frontdesk/conformance/rest/filled"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// There is a valid resource of every type, in which nearly every search parameter that is offered has a value.
func TestEveryType(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	have, all := 0, 0
	for _, name := range r.Names() {
		typ, _ := r.Type(name)
		found := map[*spec.Param]bool{}
		for variant := range 3 {
			raw, err := filled.Resource(typ, variant)
			if err != nil {
				t.Errorf("%s, variant %d: %v", name, variant, err)
				continue
			}
			res, err := codec.Decode(raw, codec.Limits{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, e := range search.Index(typ, res.Message, "http://x.example") {
				found[e.Param] = true
			}
		}
		for _, code := range typ.Codes {
			if p := typ.Params[code]; p.Indexed() && code[0] != '_' {
				all++
				if found[p] {
					have++
				}
			}
		}
	}
	t.Logf("%d of %d parameters have a value", have, all)
	if have*10 < all*9 {
		t.Errorf("only %d of %d parameters have a value", have, all)
	}
}
