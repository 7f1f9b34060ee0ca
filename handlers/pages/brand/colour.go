package brand

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Colour is red, green and blue, each from 0 to 1.
type Colour [3]float64

// ParseColour reads a colour as CSS writes it: "#0b5c63".
func ParseColour(hex string) (c Colour, err error) {
	digits, ok := strings.CutPrefix(hex, "#")
	rgb, bad := strconv.ParseUint(digits, 16, 32)
	if !ok || len(digits) != 6 || bad != nil {
		return c, fmt.Errorf("%q is no colour, as #0b5c63", hex)
	}
	for i := range c {
		c[i] = float64(rgb>>(16-8*i)&0xff) / 255
	}
	return c, nil
}

// String is the colour as CSS writes it.
func (c Colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0]*255)), int(math.Round(c[1]*255)), int(math.Round(c[2]*255)))
}

// luminance is the relative luminance (WCAG 2.2, glossary).
func (c Colour) luminance() float64 {
	part := func(v float64) float64 {
		if v <= .04045 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*part(c[0]) + .7152*part(c[1]) + .0722*part(c[2])
}

// Contrast is how well one colour is read on another, from 1 to 21 (WCAG 2.2, glossary).
func Contrast(a, b Colour) float64 {
	light, dark := max(a.luminance(), b.luminance()), min(a.luminance(), b.luminance())
	return (light + .05) / (dark + .05)
}

// toward is the colour mixed with another, by a share of that.
func (c Colour) toward(other Colour, share float64) (mixed Colour) {
	for i := range c {
		mixed[i] = c[i] + (other[i]-c[i])*share
	}
	return mixed
}

// least is the contrast that text must have (WCAG 2.2, 1.4.3).
const least = 4.5

// readable is the colour, or the next like it towards an end, that can be read on all of the grounds.
func (c Colour) readable(end Colour, grounds ...Colour) Colour {
	for share := 0.0; share <= 1; share += .02 {
		mixed, _ := ParseColour(c.toward(end, share).String())
		good := true
		for _, ground := range grounds {
			good = good && Contrast(mixed, ground) >= least
		}
		if good {
			return mixed
		}
	}
	return end
}

// The grounds of the pages' style, and what is written on the accent colour.
var (
	white, black    = Colour{1, 1, 1}, Colour{}
	page            = must("#eef3f3")
	darkGround      = must("#1a2023")
	darkPage        = must("#0f1315")
	onAccentAtNight = must("#0d1b1d")
)

func must(hex string) Colour {
	c, err := ParseColour(hex)
	if err != nil {
		panic(err)
	}
	return c
}

// Accent is the style sheet by which pages have an accent colour of the practice's own. One that could not be read on
// a light ground is an error that names the next like it that can. On a dark one a lighter tint of it is used.
func Accent(hex string) ([]byte, error) {
	c, err := ParseColour(hex)
	if err != nil {
		return nil, err
	}
	if good := c.readable(black, white, page); good != c {
		return nil, fmt.Errorf(
			"%s has a contrast of %.1f on the pages' ground, and text needs %.1f. Take a darker one, as %s",
			hex, min(Contrast(c, white), Contrast(c, page)), least, good)
	}
	night := c.readable(white, darkGround, darkPage, onAccentAtNight)
	const style = ":root { --brand: %s; }\n@media (prefers-color-scheme: dark) { :root { --brand: %s; } }\n"
	return fmt.Appendf(nil, style, c, night), nil
}
