package system

import (
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	ordered := strings.Fields(`-1e9000 -1e50 -100 -12 -11.9 -1.2 -1.19999 -1 -0.5 -1e-50 -1e-9000 0
		1e-9000 1e-50 0.5 1 1.19999 1.2 11.9 12 99.99 100 1e41 1e50 1e9000`)
	for i, text := range ordered {
		key, ok := Key(text)
		if back, known := Unkey(key); !ok || !known || back != text && len(back) < 40 {
			t.Errorf("%s has the key %q, and comes back as %s", text, key, back)
		}
		if i == 0 {
			continue
		}
		if before, _ := Key(ordered[i-1]); before >= key {
			t.Errorf("%s has %q, and %s has %q", ordered[i-1], before, text, key)
		}
	}
	for _, alike := range []string{"0 -0 0.00 0e5 +0", "100 1e2 1.00E+2 0100.0 1000e-1", "-.5 -0.50 -5e-1"} {
		first, _, _ := strings.Cut(alike, " ")
		for _, text := range strings.Fields(alike) {
			if a, ok := Key(text); !ok || a != must(Key(first)) {
				t.Errorf("%s isn't %s", text, first)
			}
		}
	}
	for _, text := range strings.Split(" - . x 1x 1e 1e1.5 --1 1.2.3 1e99999999999999999999 1e10000 NaN", " ") {
		if key, ok := Key(text); ok {
			t.Errorf("%q has the key %q", text, key)
		}
	}
}

func must(key string, _ bool) string { return key }

// FuzzUnkey: nothing makes it panic, and what it reads is what Key writes.
func FuzzUnkey(f *testing.F) {
	for _, text := range []string{"-1e50", "1e-50", "0", "-12.5", "99"} {
		f.Add(must(Key(text)))
	}
	f.Add("<")
	f.Add("<z")
	f.Fuzz(func(t *testing.T, key string) {
		text, ok := Unkey(key)
		if !ok {
			return
		}
		again, ok := Key(text)
		if back, known := Unkey(again); !ok || !known || back != text {
			t.Errorf("%q is %s, whose key is %q, which is %s", key, text, again, back)
		}
	})
}
