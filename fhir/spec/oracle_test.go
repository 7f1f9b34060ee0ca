package spec_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gofhir/fhirpath"
	"github.com/gofhir/fhirpath/types"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
)

// TestOracle compares what each parameter selects with what a FHIRPath engine selects from the same JSON, element by
// element.
func TestOracle(t *testing.T) {
	r := load(t)
	o := newOracle()
	for name, text := range examples(t) {
		res, err := codec.Decode(text, codec.Limits{Conditional: true})
		if err != nil {
			continue // the codec's own tests say which examples are at fault
		}
		o.resources++
		typ, _ := r.Type(res.Type)
		for _, code := range typ.Codes {
			p := typ.Params[code]
			if p.Unsupported != "" || p.Kind == spec.Special || p == spec.ID || p == spec.LastUpdated {
				continue
			}
			o.compare(t, name, p, res.Message, text)
		}
	}
	t.Logf("%d parameters on %d resources: %d elements agree", len(o.seen), o.resources, o.elements)
	if o.elements == 0 {
		t.Error("nothing was compared")
	}
}

// differs are the examples at which we and the engine don't agree, and why we are right.
var differs = map[string]string{
	"Appointment.json: Appointment.practitioner": "the engine resolves literal references only; a logical one says by Reference.type what it refers to",
}

// oracle evaluates expressions with a FHIRPath engine.
type oracle struct {
	exprs               map[string]*fhirpath.Expression
	seen                map[string]bool
	resources, elements int
}

func newOracle() *oracle {
	return &oracle{exprs: map[string]*fhirpath.Expression{}, seen: map[string]bool{}}
}

// compare checks one parameter on one element, and for a composite its components on what it selects.
func (o *oracle) compare(t *testing.T, name string, p *spec.Param, m protoreflect.Message, text []byte) {
	t.Helper()
	want := o.want(t, p.Expression, text)
	got := map[string]protoreflect.Message{}
	p.Each(m, func(e protoreflect.Message) bool {
		got[show(t, e)] = e
		return true
	})
	o.seen[p.Name()] = true
	o.elements += len(got)
	w, g := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))
	if !slices.Equal(w, g) {
		if differs[name+": "+p.Name()] != "" {
			return
		}
		t.Errorf("%s: %s (%s)\nselects %q\nshould  %q", name, p.Name(), p.Expression, g, w)
		return
	}
	for _, c := range p.Components {
		for key, e := range got {
			o.compare(t, name+" "+p.Name(), c.Param, e, want[key])
		}
	}
}

// want is what the engine selects: the JSON of each element by its canonical text. Equal ones count once.
func (o *oracle) want(t *testing.T, expression string, text []byte) map[string][]byte {
	t.Helper()
	e := o.exprs[expression]
	if e == nil {
		e = fhirpath.MustCompile(expression)
		o.exprs[expression] = e
	}
	values, err := e.EvaluateWithOptions(text, fhirpath.WithResolver(resolver{}))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	all := map[string][]byte{}
	for _, v := range values {
		if object, ok := v.(*types.ObjectValue); ok {
			all[canonical(t, object.Data())] = object.Data()
			continue
		}
		all[utc(v.String())] = nil
	}
	return all
}

// resolver resolves a reference to an empty resource of the type its URL names.
type resolver struct{}

func (resolver) Resolve(_ context.Context, reference string) ([]byte, error) {
	parts := strings.Split(reference, "/")
	if i := slices.Index(parts, "_history"); i > 0 {
		parts = parts[:i]
	}
	if len(parts) < 2 {
		return nil, fmt.Errorf("can't tell the type of %s", reference)
	}
	return []byte(`{"resourceType":"` + parts[len(parts)-2] + `"}`), nil
}
