package access

import (
	"reflect"
	"testing"
	"time"

	"frontdesk/fhir/search/expr"
)

// TestAGrantAtAnotherTime: what was made for one time is, asked at another, what would be made for that; for every type
// and interaction.
func TestAGrantAtAnotherTime(t *testing.T) {
	view := View{Practice: "p", Levels: map[string]Level{"results": CanView, "problems": Manage, "measurements": Manage, "appointments": Manage, "letters": CanView}, Audit: true,
		From: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Opens: time.Hour, Closes: 48 * time.Hour}
	c := ann.with(t, "patient/*.cruds user/Observation.rs?category=laboratory")
	c.Views, c.Registry = map[string]View{"ann": view}, registry(t)
	c.Now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	kept := c.Grant()
	later := c
	later.Now = c.Now.Add(26 * time.Hour)
	changed := 0
	for range 2 { // made, and found
		for _, name := range c.Registry.Names() {
			typ, _ := c.Registry.Type(name)
			for _, i := range []Interaction{C, R, U, D, S} {
				for what, grants := range map[string][2]Grant{"what it allows": {kept, later.Grant()}, "what is open": {kept.Open(), later.Grant().Open()}} {
					first := grants[0].Predicate(i, typ)
					got, want := grants[0].At(later.Now).Predicate(i, typ), grants[1].Predicate(i, typ)
					if !same(got, want) {
						t.Errorf("%s of %s: %v, made for that time: %v", what, name, got, want)
					}
					if again := grants[0].At(c.Now).Predicate(i, typ); !same(again, first) {
						t.Errorf("%s of %s: %v, and then %v", what, name, first, again)
					}
					if !same(first, got) {
						changed++
					}
				}
			}
		}
	}
	if changed == 0 { // the booking window moves, and nothing else
		t.Error("none of them has to do with the time")
	}
}

// same says that two conditions are. An empty one may be made in two ways.
func same(a, b expr.Expr) bool {
	return reflect.DeepEqual(a, b) || expr.IsTrue(a) && expr.IsTrue(b) || expr.IsFalse(a) && expr.IsFalse(b)
}
