package codec_test

import (
	"runtime"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// TestBounds gives both decoders what would exhaust a careless one, and counts what they allocate.
func TestBounds(t *testing.T) {
	deep := strings.Repeat(`{"extension":[`, 5000)
	keys := strings.TrimSuffix(strings.Repeat(`"key":1,`, 1_000_000), ",")
	small := strings.TrimSuffix(strings.Repeat(`"a",`, 4_000_000), ",")
	for _, c := range []struct {
		name, in, want string
		kind           fhir.Kind
	}{
		{"10 MB of [", strings.Repeat("[", 10<<20), "nested deeper", fhir.Invalid},
		{"10 MB of { within", `{"resourceType":"Patient","extension":[` + deep, "nested deeper", fhir.Invalid},
		{"10 MB of [ under an unknown key", `{"resourceType":"Patient","x":` + strings.Repeat("[", 10<<20), "nested deeper", fhir.Invalid},
		{"a million keys", `{"resourceType":"Patient",` + keys + `}`, "more faults", fhir.Invalid},
		{"a million keys before the type", `{` + keys + `,"resourceType":"Patient"}`, "more faults", fhir.Invalid},
		{"a million times the same key", `{"resourceType":"Patient"` + strings.Repeat(`,"active":true`, 1_000_000) + `}`, "more faults", fhir.Invalid},
		{"millions of values", pat(`"name":[{"given":[` + small + `]}]`), "more than 1000000 values", fhir.TooLarge},
		{"a long string", pat(`"name":[{"text":"` + strings.Repeat("a", 15<<20) + `"}]`), "at most 1048576", fhir.Invalid},
		{"too long", strings.Repeat(" ", 17<<20), "at most 16777216", fhir.TooLarge},
		{"a long key", `{"resourceType":"Patient","` + strings.Repeat("a", 15<<20) + `":1}`, "is not an element", fhir.Invalid},
		{"a long narrative", div(strings.Repeat("<p>", 1<<17)), "too deep", fhir.Invalid},
		{"many attributes", div("<p " + strings.Repeat("title='' ", 1<<16) + ">a</p>"), "twice", fhir.Invalid},
		{"many ampersands", div(strings.Repeat("&", 1<<19)), "&amp;", fhir.Invalid},
		{"a long number", obs(`"valueQuantity":{"value":` + strings.Repeat("9", 15<<20) + `}`), "more digits", fhir.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := []byte(c.in)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := codec.Decode(in, codec.Limits{})
			_, err2 := codec.DecodeBundle(in, codec.Limits{})
			runtime.ReadMemStats(&after)
			if err == nil || fhir.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("want %q of kind %d, got %.300v", c.want, c.kind, err)
			}
			if err2 == nil || fhir.KindOf(err2) != c.kind { // most are no Bundle
				t.Fatalf("want an error of kind %d from DecodeBundle, got %.300v", c.kind, err2)
			}
			for _, err := range []error{err, err2} {
				if n := len(issues(t, err)); n > 51 || len(err.Error()) > 51*1000 {
					t.Errorf("%d faults in %d bytes are reported", n, len(err.Error()))
				}
			}
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 700 {
				t.Errorf("%d MB were allocated in all", used)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	in := []byte(pat(`"name":[{"text":"x"}]`))
	for _, c := range []struct {
		lim codec.Limits
		ok  bool
	}{
		{codec.Limits{}, true},
		{codec.Limits{Depth: 3}, true},
		{codec.Limits{Depth: 2}, false},
		{codec.Limits{Bytes: len(in)}, true},
		{codec.Limits{Bytes: len(in) - 1}, false},
		{codec.Limits{Values: 2}, true},
		{codec.Limits{Values: 1}, false},
	} {
		if _, err := codec.Decode(in, c.lim); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.lim, err)
		}
	}
	_, err := codec.Decode([]byte(pat(`"a":1,"b":1,"c":1,"d":1`)), codec.Limits{Faults: 3})
	if is := issues(t, err); len(is) != 4 || !strings.Contains(is[3].Text, "more faults") {
		t.Errorf("want three faults and a word that there are more, got %v", err)
	}
	_, err = codec.Decode([]byte(pat(`"a":1,"b":1,"c":1`)), codec.Limits{Faults: 3})
	if is := issues(t, err); len(is) != 3 {
		t.Errorf("want exactly the three faults there are, got %v", err)
	}
}

// TestB6_CharactersAreCounted: R4's bound of a string is in characters, and narrative has none of its own.
func TestB6_CharactersAreCounted(t *testing.T) {
	for _, c := range []struct {
		what, body string
		taken      bool
	}{
		{"600,000 characters of two bytes", pat(`"name":[{"text":"` + strings.Repeat("é", 600_000) + `"}]`), true},
		{"1,048,577 characters", pat(`"name":[{"text":"` + strings.Repeat("é", 1<<20+1) + `"}]`), false},
		{"a long narrative", pat(`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">` + strings.Repeat("a", 1<<20+1) + `</div>"}`), true},
	} {
		if _, err := codec.Decode([]byte(c.body), codec.Limits{}); (err == nil) != c.taken {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}
