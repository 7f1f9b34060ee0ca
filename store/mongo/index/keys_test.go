package index

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAfterIsTheLeastTextBeyondAllThatBeginSo(t *testing.T) {
	for in, want := range map[string]string{"a": "b", "ab": "ac", "az": "a{", "é": "ê", "\uD7FF": "\uE000", "a" + string(utf8.MaxRune): "b"} {
		got := After(in)
		if got != want {
			t.Errorf("after %q comes %q, want %q", in, got, want)
		}
		for _, longer := range []string{in, in + "a", in + string(utf8.MaxRune)} {
			if longer >= got {
				t.Errorf("%q begins with %q and isn't before %q", longer, in, got)
			}
		}
	}
}

func TestWholeTellsLongTextsApart(t *testing.T) {
	long := strings.Repeat("é", 300)
	a, b := whole(long+"a"), whole(long+"b")
	if a == b || len(a) > keyMax || !utf8.ValidString(a) {
		t.Errorf("two long texts are %q and %q", a, b)
	}
	if whole("short") != "short" {
		t.Error("a short text isn't itself")
	}
}

func TestPairIsUnambiguous(t *testing.T) {
	seen := map[string][2]string{}
	for _, p := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"", "abc"}, {"1:", "a"}, {"", "1:a"}, {"a|b", "c"}, {"a", "b|c"}} {
		k := pair(p[0], p[1])
		if other, there := seen[k]; there {
			t.Errorf("%q and %q are both %q", other, p, k)
		}
		seen[k] = p
	}
}

func TestClipCutsNoLetter(t *testing.T) {
	if got := clip("éé", 3); got != "é" {
		t.Errorf("three bytes of éé are %q", got)
	}
	if got := clip("ab", 2); got != "ab" {
		t.Errorf("two bytes of ab are %q", got)
	}
}
