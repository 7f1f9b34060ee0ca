package search

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"

	"google.golang.org/protobuf/reflect/protoreflect"
)

var now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

var options = Options{Base: "https://gp.example/fhir", Now: now}

func registry(t testing.TB) *spec.Registry {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// doc makes a resource as a Backend would keep it.
func doc(t testing.TB, json string) *Doc {
	t.Helper()
	res, err := codec.Decode([]byte(json), codec.Limits{})
	if err != nil {
		t.Fatalf("%v\n%s", err, json)
	}
	typ, ok := registry(t).Type(res.Type)
	if !ok {
		t.Fatal("no type", res.Type)
	}
	d := &Doc{Key: fhir.Key{Type: res.Type, ID: res.ID, Version: 1}, Updated: now}
	d.Entries = Index(typ, res.Message, options.Base)
	d.Compartments = Compartments(typ, res.ID, d.Entries)
	return d
}

// world is all there is, in the order of its making.
type world []*Doc

func (w world) Doc(typ, id string) *Doc {
	for _, d := range w {
		if d.Key.Type == typ && d.Key.ID == id {
			return d
		}
	}
	return nil
}

func (w world) All(typ string) iter.Seq[*Doc] {
	return func(yield func(*Doc) bool) {
		for _, d := range w {
			if d.Key.Type == typ && !yield(d) {
				return
			}
		}
	}
}

// entries are a resource's values of one parameter, as text.
func (d *Doc) entries(code string) string {
	var out []string
	for _, e := range d.Entries {
		if e.Param.Code == code {
			out = append(out, show(e.Value))
		}
	}
	return strings.Join(out, "; ")
}

func show(v Value) string {
	switch v := v.(type) {
	case Token:
		s := v.System + "|" + v.Code
		if v.Text != "" {
			s += " text=" + v.Text
		}
		if v.Type != "" {
			s += " type=" + v.Type
		}
		return s
	case Text:
		return v.Folded + " raw=" + v.Raw
	case URL:
		return v.Value + " v=" + v.Version
	case Ref:
		s := fmt.Sprintf("%s/%s/%d url=%s", v.Type, v.ID, v.Version, v.URL)
		if v.Identifier != nil {
			s += " identifier=" + show(*v.Identifier)
		}
		return strings.TrimSuffix(s+" text="+v.Text, " text=")
	case DateRange:
		return "[" + bound(v.Lo) + "," + bound(v.Hi) + ")"
	case NumberRange:
		return fmt.Sprintf("%v..%v", v.Lo, v.Hi)
	case Amount:
		return fmt.Sprintf("%s %s|%s %s", show(v.NumberRange), v.System, v.Code, v.Unit)
	case Tuple:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = show(p)
		}
		return "(" + strings.Join(parts, " $ ") + ")"
	}
	return "?"
}

func bound(us int64) string {
	if us == MinTime || us == MaxTime {
		return "open"
	}
	return stamp(us)
}

func number(t testing.TB, text string) Number {
	t.Helper()
	n, ok := NumberOf(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return n
}

// found are the ids a query finds, in order.
func found(t *testing.T, typ, query string, w world) string {
	t.Helper()
	s, err := Parse(registry(t), []string{typ}, query, options)
	if err != nil {
		t.Fatalf("%s?%s: %v", typ, query, err)
	}
	var ids []string
	for _, d := range Run(&s.Query, w) {
		ids = append(ids, d.Key.ID)
	}
	return strings.Join(ids, ",")
}

// foundSet is found, sorted: for tests in which the order is no matter.
func foundSet(t *testing.T, typ, query string, w world) string {
	t.Helper()
	ids := strings.Split(found(t, typ, query, w), ",")
	slices.Sort(ids)
	return strings.Join(ids, ",")
}

// observationMessage is a result as a laboratory sends it.
func observationMessage(t testing.TB) protoreflect.Message {
	t.Helper()
	res, err := codec.Decode([]byte(`{"resourceType":"Observation","id":"o1","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/bp"]},"status":"final",
		"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
		"identifier":[{"system":"urn:lab","value":"1"}],
		"code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure"}],"text":"Blood pressure"},
		"subject":{"reference":"Patient/ann"},"encounter":{"reference":"Encounter/e"},"performer":[{"reference":"Practitioner/p"}],
		"effectiveDateTime":"2025-03-30T10:00:00Z","issued":"2025-03-30T10:00:00Z",
		"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
		{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}`), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return res.Message
}
