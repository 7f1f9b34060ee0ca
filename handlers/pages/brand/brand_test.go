package brand

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

func TestAnAccentIsReadableByDayAndNight(t *testing.T) {
	for _, hex := range []string{"#0b5c63", "#7a1fa2", "#005eb8", "#000000", "#8a3b00"} {
		css, err := Accent(hex)
		if err != nil {
			t.Errorf("%s: %v", hex, err)
			continue
		}
		night := must(string(css)[strings.LastIndex(string(css), "#"):][:7])
		for _, ground := range []Colour{darkGround, darkPage, onAccentAtNight} {
			if got := Contrast(night, ground); got < least {
				t.Errorf("%s at night is %s, with a contrast of %.1f", hex, night, got)
			}
		}
	}
	for hex, says := range map[string]string{"#ffcc00": "Take a darker one, as #", "#88aacc": "contrast",
		"red": "no colour", "#fff": "no colour", "#gggggg": "no colour"} {
		if _, err := Accent(hex); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", hex, err)
		}
	}
}

// The suggestion in the error is one that is taken.
func TestTheDarkerColourThatIsNamedWillDo(t *testing.T) {
	_, err := Accent("#ffcc00")
	text := err.Error()
	if _, err := Accent(text[strings.LastIndex(text, "#"):]); err != nil {
		t.Error(err)
	}
}

func TestALogoOnlyDraws(t *testing.T) {
	for _, c := range []struct{ svg, without, with string }{
		{`<svg viewBox="0 0 1 1"><script>alert(1)</script><path d="M0 0"/></svg>`, "alert", `<path d="M0 0">`},
		{`<svg><path onload="x()" d="M0 0"/></svg>`, "onload", "path"},
		{`<svg><style>*{background:url(https://e.example)}</style><rect fill="url(https://e.example)"/></svg>`, "e.example", "rect"},
		{`<svg><image href="https://e.example/x.png"/><use href="https://e.example/#a"/><use href="#a"/></svg>`, "e.example", `<use href="#a">`},
		{`<svg xmlns:xlink="http://www.w3.org/1999/xlink"><use xlink:href="javascript:alert(1)"/></svg>`, "javascript", "use"},
		{`<svg><foreignObject><p>hello</p></foreignObject><g/></svg>`, "hello", "<g>"},
		{`<svg><a href="https://e.example"><text>x</text></a><circle r="1" fill="rgb(1, 2, 3)"/></svg>`, "e.example", "rgb(1, 2, 3)"},
		{`<!DOCTYPE svg [<!ENTITY x "y">]><svg><title>A &amp; B</title></svg>`, "ENTITY", "A &amp; B"},
		{`<svg><rect fill="url(#g)"/><animate attributeName="href" to="javascript:x"/></svg>`, "animate", `url(#g)`},
	} {
		clean, extension, err := Logo([]byte(c.svg))
		if err != nil || extension != ".svg" || strings.Contains(string(clean), c.without) ||
			!strings.Contains(string(clean), c.with) {
			t.Errorf("%s: %s (%s, %v)", c.svg, clean, extension, err)
		}
	}
	for _, bad := range []string{`<svg><path></svg>`, `<html><svg/></html>`, "GIF89a", `<svg>&lol;</svg>`,
		"\x89PNG\r\n\x1a\nrubbish", strings.Repeat("<svg>", 60_000)} {
		if clean, _, err := Logo([]byte(bad)); err == nil {
			t.Errorf("%.40q: %.80s", bad, clean)
		}
	}
}

// What is behind the picture in the file isn't in the one that is served.
func TestAPNGIsDrawnAnew(t *testing.T) {
	picture := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	picture.Set(1, 1, color.NRGBA{200, 10, 10, 255})
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	clean, extension, err := Logo(append(file.Bytes(), "<script>alert(1)</script>"...))
	if err != nil || extension != ".png" || bytes.Contains(clean, []byte("script")) {
		t.Fatalf("%q, %s, %v", clean, extension, err)
	}
	again, err := png.Decode(bytes.NewReader(clean))
	if err != nil || again.At(1, 1) != picture.At(1, 1) {
		t.Errorf("%v, %v", again, err)
	}
	var large bytes.Buffer
	if err := png.Encode(&large, image.NewGray(image.Rect(0, 0, 2001, 1))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Logo(large.Bytes()); err == nil {
		t.Error("one that is too wide is taken")
	}
}
