package conformance

import (
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// world is the oracle's view of a set.
type world struct{ all []*search.Doc }

func (w *world) put(d *search.Doc, remove bool) {
	w.all = slices.DeleteFunc(w.all, func(x *search.Doc) bool { return x.Key.Current() == d.Key.Current() })
	if !remove {
		w.all = append(w.all, d)
	}
}

// Doc and All make it a search.World.
func (w *world) Doc(typ, id string) *search.Doc {
	for _, d := range w.all {
		if d.Key.Type == typ && d.Key.ID == id {
			return d
		}
	}
	return nil
}

func (w *world) All(typ string) iter.Seq[*search.Doc] {
	return func(yield func(*search.Doc) bool) {
		for _, d := range w.all {
			if d.Key.Type == typ && !yield(d) {
				return
			}
		}
	}
}

// examples are the real resources of the set: what testdata/r4 has, and if it is there the corpus of HL7's examples,
// indexed as a Session would.
func examples(t testing.TB, r *spec.Registry) []*search.Doc {
	t.Helper()
	var docs []*search.Doc
	for _, dir := range []string{"testdata/r4", "../shared/corpus/hl7-r4"} {
		var files []string
		for up := ""; len(files) == 0 && len(up) < 12; up += "../" {
			files, _ = filepath.Glob(filepath.Join(up+dir, "*.json"))
		}
		if len(files) == 0 {
			t.Logf("%s was not found: its resources aren't among those that are searched", dir)
		}
		for _, file := range files {
			if d := example(t, r, file); d != nil {
				docs = append(docs, d)
			}
		}
	}
	return docs
}

// example is the resource in a file; nil if it isn't valid, or has no id.
func example(t testing.TB, r *spec.Registry, file string) *search.Doc {
	t.Helper()
	json, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	res, err := codec.Decode(json, codec.Limits{})
	if err != nil || res.ID == "" {
		return nil
	}
	typ, _ := r.Type(res.Type)
	if typ == nil {
		return nil
	}
	d := &search.Doc{Key: fhir.Key{Type: res.Type, ID: res.ID, Version: 1}, Entries: search.Index(typ, res.Message, "")}
	d.Compartments = search.Compartments(typ, res.ID, d.Entries)
	return d
}

// generator makes resources and queries. Resources are made as their index entries, so that every parameter of every
// type has values, whether anyone has written an example or not. All is drawn from few values, so that they meet.
type generator struct {
	*rand.Rand
	r        *spec.Registry
	types    []*spec.Type // of this set
	examples []*search.Doc
	sortable map[string][]string // by type, found out by asking Parse
}

func newGenerator(r *spec.Registry, rnd *rand.Rand, examples []*search.Doc) *generator {
	g := &generator{Rand: rnd, r: r, examples: examples, sortable: map[string][]string{}}
	names := []string{"Patient", "Observation", "List"}
	for len(names) < 7 {
		if name := pick(g, r.Names()); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		t, _ := r.Type(name)
		g.types = append(g.types, t)
	}
	return g
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// chance is true once in n times.
func (g *generator) chance(n int) bool { return g.IntN(n) == 0 }

// docs is a set: a dozen of each type, and some examples.
func (g *generator) docs() []*search.Doc {
	var docs []*search.Doc
	for _, t := range g.types {
		for i := range 4 + g.IntN(10) {
			d := &search.Doc{Key: fhir.Key{Type: t.Name, ID: madeUp(i), Version: 1}}
			g.describe(t, d)
			docs = append(docs, d)
		}
	}
	for _, d := range g.examples {
		about := slices.ContainsFunc(g.types, func(t *spec.Type) bool { return t.Name == d.Key.Type })
		if about && g.chance(2) || g.chance(20) {
			same := *d
			docs = append(docs, &same)
		}
	}
	g.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	return docs
}

// changed is a next version that says other things.
func (g *generator) changed(d *search.Doc) *search.Doc {
	next := &search.Doc{Key: d.Key}
	next.Key.Version++
	t, _ := g.r.Type(d.Key.Type)
	g.describe(t, next)
	return next
}

func (g *generator) describe(t *spec.Type, d *search.Doc) {
	for _, code := range t.Codes {
		if p := t.Params[code]; p.Indexed() && p.Kind != spec.Prose {
			for range pick(g, []int{0, 0, 1, 1, 1, 2, 3}) {
				e := search.Entry{Param: p, Value: g.value(p)}
				if !slices.ContainsFunc(d.Entries, func(x search.Entry) bool { return reflect.DeepEqual(x, e) }) {
					d.Entries = append(d.Entries, e) // an index has no repeats
				}
			}
		}
	}
	g.write(t, d)
	d.Compartments = search.Compartments(t, d.Key.ID, d.Entries)
	d.Facts = fhir.Facts{Section: pick(g, sections), Recorded: g.day(), Hidden: g.chance(6), Suspended: g.chance(6)}
	if g.chance(2) {
		d.Facts.Release = g.day()
	}
}

// write gives a resource a narrative, and other words.
func (g *generator) write(t *spec.Type, d *search.Doc) {
	narrative, content := "", ""
	if p := t.Params["_text"]; p != nil && g.chance(2) {
		narrative = g.sentence()
		d.Entries = append(d.Entries, search.Entry{Param: p, Value: search.Prose{Words: narrative}})
	}
	if g.chance(2) {
		content = prose.Break + " " + g.sentence()
	}
	if content = strings.TrimSpace(narrative + " " + content); content != "" {
		content = strings.TrimPrefix(content, prose.Break+" ")
		d.Entries = append(d.Entries, search.Entry{Param: t.Params["_content"], Value: search.Prose{Words: content}})
	}
}

// sentence is some words.
func (g *generator) sentence() string {
	some := make([]string, 1+g.IntN(5))
	for i := range some {
		some[i] = prose.Words(pick(g, words))
	}
	return strings.Join(strings.Fields(strings.Join(some, " ")), " ")
}

var (
	sections = []string{"", "results", "record", "messages"}
	systems  = []string{"", "urn:s", "http://s.example/x|y"}
	codes    = []string{"a", "b", "c", "ab,c", `d$e\f`}
	words    = []string{"Smith", "SMITH", "smithson", "O'Neil", "Zoë Ann", "50%", "a_b", "ΣΟΦΟΣ", "John  Smith", "x*y", "[q]"}
	urls     = []string{"http://u.example/a", "http://u.example/a/b", "http://u.example/A", "urn:uuid:1", "http://u.example/a_b%c"}
	editions = []string{"", "1", "2.0"}
	numbers  = []string{"-1", "0", "0.5", "1", "1.05", "5.4", "95", "100", "101", "105", "1e6"}
	long     = strings.Fields(`0.3 0.30000000000000004 0.30000000000000005 52.61144885127352
		9007199254740992 9007199254740993 12345678901234567890 12345678901234567891 -12345678901234567890
		-0.12345678901234567891 1e-300 -1.5e-20 123456789012345678e200`)
	units = []string{"", "mg", "g"}
)

// epoch is the first of the days that things happen on.
var epoch = time.Date(2024, 12, 30, 0, 0, 0, 0, time.UTC)

func (g *generator) day() time.Time {
	return epoch.AddDate(0, 0, g.IntN(120)).Add(time.Duration(g.IntN(24)) * time.Hour)
}

// value is a random value of the parameter's kind.
func (g *generator) value(p *spec.Param) search.Value {
	switch p.Kind {
	case spec.Token:
		return g.token()
	case spec.String:
		w := pick(g, words)
		return search.Text{Folded: prose.Fold(w), Raw: w}
	case spec.URI:
		return search.URL{Value: pick(g, urls), Version: pick(g, editions)}
	case spec.Reference:
		return g.reference(p)
	case spec.Date:
		return g.dates()
	case spec.Number:
		return g.numbers()
	case spec.Prose:
		return search.Prose{Words: g.sentence()}
	case spec.Quantity:
		return search.Amount{NumberRange: g.numbers(), System: pick(g, systems), Code: pick(g, units), Unit: pick(g, units)}
	}
	tuple := make(search.Tuple, len(p.Components))
	for i, c := range p.Components {
		tuple[i] = g.value(c.Param)
	}
	return tuple
}

func (g *generator) token() search.Token {
	t := search.Token{System: pick(g, systems), Code: pick(g, codes)}
	if g.chance(3) {
		t.Text = prose.Fold(pick(g, words))
	}
	if g.chance(4) {
		t.Type = pick(g, systems) + "|" + pick(g, codes)
	}
	if g.chance(8) {
		t.Code, t.Text = "", prose.Fold(pick(g, words))
	}
	return t
}

// reference mostly points at something of the set.
func (g *generator) reference(p *spec.Param) search.Ref {
	r := search.Ref{Type: g.target(p), ID: g.id()}
	switch g.IntN(10) {
	case 0:
		r.ID, r.URL = "", pick(g, urls)
	case 1:
		token := g.token()
		r.ID, r.Identifier = "", &token
	case 2:
		r.Version = 1 + g.Int64N(2)
	case 3:
		token := g.token()
		r.Identifier = &token
	}
	if r.ID == "" && g.chance(2) {
		r.Type = ""
	}
	if g.chance(3) {
		r.Text = prose.Fold(pick(g, words))
	}
	return r
}

// target is a type that p can refer to, of this set if there is one.
func (g *generator) target(p *spec.Param) string {
	for range 8 {
		if t := pick(g, g.types).Name; slices.Contains(p.Targets, t) {
			return t
		}
	}
	if len(p.Targets) == 0 {
		return "Patient"
	}
	return pick(g, p.Targets)
}

// dates is a day, an hour, a leap second, a microsecond, or a period that may be open or have its ends the wrong way
// round.
func (g *generator) dates() search.DateRange {
	lo := g.day().UnixMicro()
	r := search.DateRange{Lo: lo, Hi: lo + pick(g, []int64{1, int64(time.Hour / 1e3), 24 * int64(time.Hour/1e3), 90 * 24 * int64(time.Hour/1e3)})}
	switch g.IntN(10) {
	case 0:
		r.Lo = search.MinTime
	case 1:
		r.Hi = search.MaxTime
	case 2:
		other := g.day().UnixMicro()
		r = search.Between(r, search.DateRange{Lo: other, Hi: other + int64(time.Hour/1e3)})
	case 3: // of 2024-12-31T23:59:60Z
		r.Lo = epoch.AddDate(0, 0, 2).UnixMicro()
		r.Hi = r.Lo + int64(time.Second/1e3)
	case 4:
		r.Lo += pick(g, []int64{123456, 123457})
		r.Hi = r.Lo + 1
	}
	return r
}

// numbers is a number, or a range that may be open or have its ends the wrong way round.
func (g *generator) numbers() search.NumberRange {
	n := g.number()
	r := search.NumberRange{Lo: n, Hi: n}
	switch g.IntN(10) {
	case 0:
		r.Lo = search.Below
	case 1:
		r.Hi = search.Above
	case 2:
		r = search.Numbers(n, g.number())
	}
	return r
}

func (g *generator) number() search.Number {
	from := numbers
	if g.chance(2) {
		from = long
	}
	n, _ := search.NumberOf(pick(g, from))
	return n
}
