package index

import (
	"testing"

	"frontdesk/fhir/search"
)

// TestCriteriaThatOneResourceCouldMeetCollide: by the token they name, whatever its system and whatever else they ask;
// those without one by their type.
func TestCriteriaThatOneResourceCouldMeetCollide(t *testing.T) {
	typ := patient(t)
	test := func(code string, is search.Criterion) search.Expr {
		return search.Test{Param: typ.Params[code], Is: is}
	}
	lock := func(e search.Expr) string { return Lock(search.From{Type: typ, Where: e}) }
	full := search.TokenIs{System: "urn:n", Code: "1"}
	named := test("family", search.StringIs{Text: "ash"})
	want := lock(test("identifier", full))
	for what, e := range map[string]search.Expr{
		"without a system":  test("identifier", search.TokenIs{AnySystem: true, Code: "1"}),
		"with another test": search.And{named, test("identifier", full)},
		"within a grant":    search.And{search.Compartment{Patient: "p"}, search.And{search.Or{test("identifier", full)}}},
	} {
		if got := lock(e); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	for what, e := range map[string]search.Expr{
		"another value":    test("identifier", search.TokenIs{System: "urn:n", Code: "2"}),
		"either of two":    search.Or{test("identifier", full), named},
		"none":             search.Not{Expr: test("identifier", full)},
		"any of a system":  test("identifier", search.TokenIs{System: "urn:n", AnyCode: true}),
		"no token at all":  named,
		"nothing is asked": search.And{},
	} {
		if got := lock(e); got == want {
			t.Errorf("%s: %q too", what, got)
		}
	}
	if lock(named) != lock(search.And{}) {
		t.Error("two criteria without a token don't collide")
	}
}
