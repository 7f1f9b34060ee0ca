package pages

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// pairs are texts or lines on their grounds, with the contrast they must have (WCAG 2.2, 1.4.3 and 1.4.11).
var pairs = []struct {
	front, ground string
	least         float64
}{
	{"text", "ground", 4.5}, {"text", "soft", 4.5}, {"quiet", "ground", 4.5}, {"quiet", "soft", 4.5}, {"link", "ground", 4.5}, {"link", "soft", 4.5},
	{"wrong", "ground", 4.5}, {"on-brand", "brand", 4.5}, {"brand", "ground", 4.5}, {"on-focus", "focus", 4.5}, {"line", "ground", 3}, {"done", "ground", 3},
	{"text", "page", 4.5}, {"quiet", "page", 4.5}, {"link", "page", 4.5}, {"wrong", "page", 4.5}, {"brand", "page", 4.5}, {"line", "page", 3}, {"done", "page", 3},
}

func TestContrastIsEnoughByDayAndNight(t *testing.T) {
	css, err := files.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	schemes := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(string(css), -1)
	if len(schemes) != 2 {
		t.Fatalf("%d schemes", len(schemes))
	}
	colours := map[string]float64{}
	for _, scheme := range schemes { // the second changes only some of the first
		for _, c := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]+);`).FindAllStringSubmatch(scheme[1], -1) {
			colours[c[1]] = luminance(t, c[2])
		}
		for _, p := range pairs {
			front, frontKnown := colours[p.front]
			ground, groundKnown := colours[p.ground]
			contrast := (math.Max(front, ground) + .05) / (math.Min(front, ground) + .05)
			if !frontKnown || !groundKnown || contrast < p.least {
				t.Errorf("%s on %s has a contrast of %.1f, not %.1f", p.front, p.ground, contrast, p.least)
			}
		}
	}
}

// luminance is the relative luminance of a colour (WCAG 2.2, glossary).
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	rgb, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift int) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*part(16) + .7152*part(8) + .0722*part(0)
}
