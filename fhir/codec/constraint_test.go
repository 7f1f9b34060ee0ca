package codec

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gofhir/fhirpath"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
)

// judged is what is compared: for a type, its constraints by us and by a FHIRPath engine.
type judged struct {
	typ     *typ
	told    []constraint
	engine  []*fhirpath.Expression
	objects []map[string]any // examples of it
	values  map[string][]any // what stands under each key in an example
}

// TestConstraintsOracle asks a FHIRPath engine whether objects, as in the examples and changed at random, keep R4's
// constraints.
func TestConstraintsOracle(t *testing.T) {
	all := map[string]*judged{}
	for _, text := range examples(t) {
		var tree map[string]any
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		gather(t, all, r4().resources[tree["resourceType"].(string)].typ, tree)
	}
	held, broken := map[string]int{}, map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		j := all[name]
		rng := rand.New(rand.NewPCG(4, uint64(len(name))))
		for i := range 300 {
			object := j.objects[i%len(j.objects)]
			if i >= len(j.objects) {
				object = j.change(rng, object)
			}
			j.compare(t, object, held, broken)
		}
	}
	both := 0
	for text := range broken {
		if held[text] > 0 {
			both++
		}
	}
	t.Logf("%d constraints held, %d were broken, %d both, in objects of %d types", len(held), len(broken), both, len(all))
	if both < 40 {
		t.Error("too few constraints were both held and broken for the comparison to say much")
	}
}

// examples are those of the project, and some whose elements are such that constraints tell of them.
func examples(t *testing.T) (texts [][]byte) {
	files, err := filepath.Glob("../../testdata/r4/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "testdata/examples.jsonl") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "l") {
			texts = append(texts, bytes.Split(bytes.TrimSpace(text), []byte("\n"))...)
		} else {
			texts = append(texts, text)
		}
	}
	return texts
}

// gather takes the objects of a tree by their types.
func gather(t *testing.T, all map[string]*judged, typ *typ, object map[string]any) {
	j := all[typ.name]
	if j == nil {
		j = &judged{typ: typ, values: map[string][]any{}}
		if typ.name != "Bundle" { // its entries depend on more than the object
			j.told = slices.DeleteFunc(constraintsOf(typ.plan, modelOf(typ)), func(c constraint) bool { return c.holds == nil })
		}
		for _, c := range j.told {
			j.engine = append(j.engine, fhirpath.MustCompile(strings.ReplaceAll(c.text, "%ucum", "'http://unitsofmeasure.org'")))
		}
		all[typ.name] = j
	}
	j.objects = append(j.objects, object)
	for key, v := range object {
		j.values[key] = append(j.values[key], v)
		m := typ.plan.members[key]
		list, isList := v.([]any)
		if !isList {
			list = []any{v}
		}
		for _, v := range list {
			inner, ok := v.(map[string]any)
			if ok && m != nil && m.typ != nil && m.typ.kind == kindComplex {
				gather(t, all, m.typ, inner)
			}
		}
	}
}

func modelOf(typ *typ) *model.Type {
	for name, other := range r4().types {
		if other == typ {
			d, _ := protoregistry.GlobalFiles.FindDescriptorByName(name)
			return model.R4().Of(d.(protoreflect.MessageDescriptor))
		}
	}
	return nil
}

// change leaves out some of an object's elements, takes some from another example, and gives some another code.
func (j *judged) change(rng *rand.Rand, object map[string]any) map[string]any {
	out := maps.Clone(object)
	keys := slices.Sorted(maps.Keys(j.values))
	for range 1 + rng.IntN(4) {
		key := keys[rng.IntN(len(keys))]
		m := j.typ.plan.members[key]
		switch {
		case key == "resourceType":
		case rng.IntN(2) == 0:
			delete(out, key)
		case m != nil && m.typ != nil && m.typ.kind == kindEnum && !m.element.repeated && !m.sibling:
			codes := slices.Sorted(maps.Keys(m.typ.codes))
			out[key] = codes[rng.IntN(len(codes))]
		default:
			out[key] = j.values[key][rng.IntN(len(j.values[key]))]
		}
	}
	return out
}

// compare asks both about an object that is otherwise right.
func (j *judged) compare(t *testing.T, object map[string]any, held, broken map[string]int) {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil || len(j.told) == 0 || len(object) == 0 {
		return
	}
	d, err := start(text, Limits{Faults: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer d.release()
	d.object(j.typ.plan, reflect.New(j.typ.typ), nil, roleNone)
	for _, i := range d.issues {
		if i.Code != codeInvariant {
			return
		}
	}
	for i, c := range j.told {
		ours := !slices.ContainsFunc(d.issues, func(i fhir.Issue) bool { return strings.HasSuffix(i.Text, ": "+c.Says) })
		values, err := j.engine[i].EvaluateWithOptions(text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		theirs := len(values) == 0 || values[0].String() != "false"
		if ours != theirs {
			t.Errorf("%s: %s\nholds: by us %v, by the engine %v (%v)\n%s", j.typ.name, c.text, ours, theirs, values, text)
		}
		if ours {
			held[c.text]++
		} else {
			broken[c.text]++
		}
	}
}
