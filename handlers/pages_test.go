package handlers

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// TestB13_LinksOfPages: what each page links to, by where it is and what is around it.
func TestB13_LinksOfPages(t *testing.T) {
	whole := answer{"http://b/Patient", "name=x", "_pretty=true", search.Place.Cursor}
	at, one := search.Position("at"), []store.Item{{}}
	for what, c := range map[string]struct {
		at   search.Place
		page store.Page
		want string
	}{
		"the only one": {search.Place{}, store.Page{Items: one}, "self"},
		"none":         {search.Place{}, store.Page{}, "self"},
		"the first":    {search.Place{}, store.Page{Items: one, Next: at}, "self first next last"},
		"between": {search.Place{After: at}, store.Page{Items: one, Next: at, Previous: at},
			"self first previous next last"},
		"the last": {search.Place{After: at}, store.Page{Items: one, Previous: at},
			"self first previous last"},
		"the last, from the end": {search.Place{Back: true}, store.Page{Items: one, Previous: at},
			"self first previous last"},
		"the first, from behind": {search.Place{After: at, Back: true}, store.Page{Items: one, Next: at},
			"self first next last"},
		"nothing is left behind":  {search.Place{After: at}, store.Page{}, "self first previous last"},
		"nothing is left before":  {search.Place{After: at, Back: true}, store.Page{}, "self first next last"},
		"all that is left of all": {search.Place{Back: true}, store.Page{Items: one}, "self first last"},
	} {
		var got []string
		for _, l := range whole.links(c.at, &c.page) {
			got = append(got, l.relation)
			if !strings.HasPrefix(l.url, "http://b/Patient?name=x&_pretty=true") || l.relation == "first" &&
				strings.Contains(l.url, "_cursor") {
				t.Errorf("%s: %v", what, l)
			}
		}
		if fmt.Sprint(got) != "["+c.want+"]" {
			t.Errorf("%s: %v, want %s", what, got, c.want)
		}
	}
	if l := (answer{"http://b", "", "", search.Place.Cursor}).onwards(nil, nil); len(l) != 1 || l[0].url != "http://b" {
		t.Errorf("got %v", l)
	}
	for _, bad := range []string{"", "a b", "%%%", "==", "YXQ"} {
		if _, err := place(bad); fhir.KindOf(err) != fhir.Invalid || err == nil {
			t.Errorf("place(%q): %v", bad, err)
		}
	}
}
