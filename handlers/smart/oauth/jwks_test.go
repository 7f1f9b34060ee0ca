package oauth

import (
	"net/http"
	"testing"
	"time"
)

func TestC7_KeysAreKeptAsCacheControlSays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"":                            keepShort,
		"public":                      keepShort,
		"max-age=60":                  time.Minute,
		"Public, Max-Age=60":          time.Minute,
		`max-age="60"`:                time.Minute,
		"max-age=60, must-revalidate": time.Minute,
		"max-age=0":                   0,
		"max-age=-5":                  0,
		"max-age=soon":                0,
		"max-age=99999999":            keepLong,
		"no-store":                    0,
		"max-age=60, no-cache":        0,
		"no-store, max-age=60":        0,
	} {
		h := http.Header{}
		if text != "" {
			h.Set("Cache-Control", text)
		}
		if got := keep(h); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	aged := http.Header{"Cache-Control": {"max-age=60"}, "Age": {"45"}}
	if got := keep(aged); got != 15*time.Second {
		t.Errorf("45 s old already: %s", got)
	}
}

// RFC 6749 5.2: error_description has no quotes, backslashes or characters beyond ASCII.
func TestT4_DescriptionsHaveOnlyTheirCharacters(t *testing.T) {
	if got := ascii("a \"b\" c\\d\né"); got != "a 'b' c/d ?" {
		t.Errorf("%q", got)
	}
}
