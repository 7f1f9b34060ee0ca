package index

import (
	"slices"
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// Fields are what a document is found by. Their names are short, because each document has them all.
type Fields struct {
	Goal    string            `bson:"g"`            // what the document was indexed for
	Present []string          `bson:"n,omitempty"`  // Names of the parameters it has values for
	Keys    []string          `bson:"k,omitempty"`  // keys.go
	Own     []string          `bson:"ck,omitempty"` // keys of hot parameters, each behind a Patient's id
	Words   []string          `bson:"x,omitempty"`  // keys of words
	Ranges  []valueRange      `bson:"r,omitempty"`  // dates, numbers, quantities
	Order   map[string]places `bson:"s,omitempty"`  // by parameter, for sorting
	When    *int64            `bson:"w,omitempty"`  // the newest low end of the type's main date, in microseconds
	Entries []Entry           `bson:"e,omitempty"`
}

// valueRange is one date, number or quantity. Both ends are int64, or search.Number as a string; only a quantity has
// the rest.
type valueRange struct {
	Param  string  `bson:"p"`
	Lo     any     `bson:"lo"`
	Hi     any     `bson:"hi"`
	System *string `bson:"s,omitempty"`
	Code   *string `bson:"c,omitempty"`
	Unit   *string `bson:"u,omitempty"`
}

// places are the sort keys of one parameter: the value that counts ascending, and descending. Known is always 1:
// MongoDB puts what has no value first when it sorts ascending, and R4 puts it last, so what is sorted by first is
// Known, descending.
type places struct {
	Known      int32 `bson:"h"`
	Ascending  any   `bson:"a"`
	Descending any   `bson:"d"`
}

// Of makes the Fields of a resource of a type.
func Of(t *spec.Type, es []search.Entry, compartments []string) Fields {
	f := Fields{Goal: Goal(t), Entries: entries(es)}
	patients := slices.Clone(compartments)
	for _, e := range es {
		if r, ok := e.Value.(search.Ref); ok && r.Type == "Patient" && r.ID != "" {
			patients = append(patients, r.ID)
		}
	}
	slices.Sort(patients)
	patients = slices.Compact(patients)
	for _, e := range es {
		f.add(e.Param, e.Value, patients)
	}
	f.Order, f.When = orders(t, es)
	for _, list := range []*[]string{&f.Present, &f.Keys, &f.Own, &f.Words} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return f
}

// add adds what one value is found by.
func (f *Fields) add(p *spec.Param, v search.Value, patients []string) {
	name := Name(p)
	f.Present = append(f.Present, name)
	f.value(p, name, v)
	if token, ok := v.(search.Token); ok && p.Hot {
		tokenKeys(name, token, func(key string) {
			for _, id := range patients {
				f.Own = append(f.Own, own(id, key))
			}
		})
	}
}

// value adds the keys and ranges of one. A composite is found by its first part; whether the others hold is decided by
// the entries.
func (f *Fields) value(p *spec.Param, name string, v search.Value) {
	key := func(k string) { f.Keys = append(f.Keys, k) }
	switch v := v.(type) {
	case search.Token:
		tokenKeys(name, v, key)
	case search.Text:
		key(name + keyText + clip(v.Folded, textMax))
	case search.URL:
		key(name + keyURL + whole(v.Value))
	case search.Ref:
		refKeys(name, v, len(p.Targets) != 1, key)
	case search.DateRange:
		f.Ranges = append(f.Ranges, valueRange{Param: name, Lo: v.Lo, Hi: v.Hi})
	case search.NumberRange:
		f.Ranges = append(f.Ranges, valueRange{Param: name, Lo: string(v.Lo), Hi: string(v.Hi)})
	case search.Amount:
		f.Ranges = append(f.Ranges, valueRange{name, string(v.Lo), string(v.Hi), &v.System, &v.Code, &v.Unit})
	case search.Prose:
		for word := range strings.FieldsSeq(v.Words) {
			if word != prose.Break {
				f.Words = append(f.Words, name+keyWord+word)
			}
		}
	case search.Tuple:
		if len(v) > 0 && len(p.Components) > 0 {
			f.value(p.Components[0].Param, name, v[0])
		}
	}
}

// own is the key of a hot parameter with the Patient in front.
func own(patient, key string) string { return patient + "/" + key }

// orders are the sort keys of every parameter that can be sorted by, and the main date.
func orders(t *spec.Type, es []search.Entry) (map[string]places, *int64) {
	type ends struct{ least, most search.Rank }
	found := map[*spec.Param]ends{}
	for _, e := range es {
		if _, sortable := rankType(e.Param); !sortable {
			continue
		}
		r := search.RankOf(e.Value)
		x, ok := found[e.Param]
		if !ok || r.Compare(x.least) < 0 {
			x.least = r
		}
		if !ok || r.Compare(x.most) > 0 {
			x.most = r
		}
		found[e.Param] = x
	}
	var when *int64
	out := make(map[string]places, len(found))
	for p, x := range found {
		out[Name(p)] = places{Known: 1, Ascending: rankValue(p, x.least), Descending: rankValue(p, x.most)}
		if t.Date != nil && Name(p) == Name(t.Date) {
			when = &x.most.Time
		}
	}
	return out, when
}

// Optional are the names of those Fields that a document may be without.
var Optional = []string{"n", "k", "ck", "x", "r", "s", "w", "e"}
