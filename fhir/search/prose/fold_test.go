package prose

import "testing"

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "smith": "smith", "Smith": "smith", "O'Neil": "oneil", "  a\t b  ": "a b", "Zoë": "zoe", "Straße": "strasse", "İ": "i", "ﬁ": "fi",
		"a-b.c": "abc", "-": "", "x < 5": "x < 5", "Ångström": "angstrom", "Ό": "ο", "a\u00a0b": "a b",
		"Łukasz": "lukasz", "Ørsted": "orsted", "ÆRØ": "aero", "Đorđe": "dorde", "Þór": "thor", "Guðrún": "gudrun", "Œuvre": "oeuvre", "Ħal": "hal", "ẞ": "ss",
	} {
		if got := Fold(in); got != want {
			t.Errorf("%q folds to %q instead of %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Zoë O'Neil")
	f.Add("ﷺ")
	f.Fuzz(func(t *testing.T, s string) {
		if once := Fold(s); Fold(once) != once {
			t.Fatalf("%q folds to %q and then to %q", s, once, Fold(once))
		}
	})
}
