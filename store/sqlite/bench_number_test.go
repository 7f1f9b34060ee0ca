package sqlite

import (
	"context"
	"fmt"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// measured are n Observations with a quantity each.
func measured(t testing.TB, r *spec.Registry, n int, value func(i int) string) []store.Write {
	t.Helper()
	typ, _ := r.Type("Observation")
	out := make([]store.Write, n)
	for i := range out {
		id := fmt.Sprintf("m%08d", i)
		res, err := codec.Decode(fmt.Appendf(nil, `{"resourceType":"Observation","status":"final",
			"code":{"coding":[{"system":"http://loinc.org","code":"code-%d"}]},
			"valueQuantity":{"value":%s,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}`,
			i%benchCodes, value(i)), codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out[i] = store.Write{Key: fhir.Key{Type: "Observation", ID: id, Version: 1}, Method: fhir.Post,
			Body: res.Body(id), Index: search.Index(typ, res.Message, base)}
	}
	return out
}

// BenchmarkNumbers is of 10,000 values with two digits behind the point a page of 50 by a quantity: of one value, of a
// range, of a code's, and in the order of the values.
func BenchmarkNumbers(b *testing.B) {
	const resources, batch = 20_000, 500
	r := registry(b)
	backend := openBench(b, r)
	value := func(i int) string { return fmt.Sprintf("%d.%02d", i*7919%10_000/100, i*7919%100) }
	load(b, backend, measured(b, r, resources, value), batch)
	for _, c := range []struct {
		name  string
		query func(i int) string
	}{
		{"value", func(i int) string { return fmt.Sprintf("value-quantity=%d.%02d", i%100, i*31%100) }},
		{"unit", func(i int) string {
			return fmt.Sprintf("value-quantity=%d.%02d|http://unitsofmeasure.org|mg", i%100, i*31%100)
		}},
		{"range", func(i int) string { return fmt.Sprintf("value-quantity=ge%d&value-quantity=lt%d", i%90, i%90+1) }},
		{"code", func(i int) string { return fmt.Sprintf("code-value-quantity=code-%d$gt%d", i%benchCodes, i%100) }},
		{"sorted", func(i int) string { return "_sort=value-quantity" }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for i := range b.N {
				s, err := search.Parse(r, []string{"Observation"}, c.query(i), search.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if page, err := backend.Find(context.Background(), &s.Query); err != nil || len(page.Items) == 0 {
					b.Fatal(page, err)
				}
			}
		})
	}
}
