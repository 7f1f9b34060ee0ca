package wire

import (
	"regexp"
	"strings"
	"testing"
)

// C11: a reference is short enough to be read out, and is found however it is written down.
func TestC11_AReferenceCanBeReadOut(t *testing.T) {
	form := regexp.MustCompile(`^[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$`)
	seen := map[string]bool{}
	for range 10_000 {
		one := NewReference()
		if !form.MatchString(one) || seen[one] {
			t.Fatal(one)
		}
		seen[one] = true
		for _, typed := range []string{one, strings.ToLower(one), strings.ReplaceAll(one, "-", " "), " " + strings.ReplaceAll(one, "-", "") + "\n"} {
			if got := Reference(typed); got != one {
				t.Fatalf("%q is %q, not %q", typed, got, one)
			}
		}
	}
	for _, others := range []string{"a-client's-own.id_1", "1234-5678-90ab", "short", "ABCD-EFGH-JKMO"} {
		if got := Reference(others); got != others {
			t.Errorf("%q became %q", others, got)
		}
	}
}
