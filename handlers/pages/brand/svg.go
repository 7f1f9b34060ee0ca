package brand

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// drawn are the elements of SVG that only draw. Of others nothing is kept, nor what is within.
var drawn = set(`svg g path rect circle ellipse line polyline polygon title desc defs linearGradient radialGradient
	stop clipPath mask text tspan use`)

// attributes are those that say where and how.
var attributes = set(`viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform fill fill-rule
	fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-opacity
	opacity id offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod clip-path clip-rule
	clipPathUnits mask maskUnits preserveAspectRatio font-family font-size font-weight text-anchor dx dy
	letter-spacing color href`)

// harmless is a value that refers to nothing but a part of the same drawing.
var harmless = regexp.MustCompile(`^(?:[^:&<>\\]*|url\(#[\w.-]+\))$`)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		all[word] = true
	}
	return all
}

// drawing is what only draws of an SVG.
func drawing(file []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(file))
	d.Entity = map[string]string{}
	var b bytes.Buffer
	depth, without := 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("it can't be read: %w", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if without > 0 || !drawn[token.Name.Local] || depth == 0 && token.Name.Local != "svg" {
				without++
				continue
			}
			depth++
			start(&b, token, depth == 1)
		case xml.EndElement:
			if without > 0 {
				without--
				continue
			}
			depth--
			b.WriteString("</" + token.Name.Local + ">")
		case xml.CharData:
			if without == 0 && depth > 0 && xml.EscapeText(&b, token) != nil {
				return nil, errors.New("its text can't be written")
			}
		}
	}
	if b.Len() == 0 {
		return nil, errors.New("there is no drawing in it")
	}
	return b.Bytes(), nil
}

// start writes the beginning of an element, with those of its attributes that are kept.
func start(b *bytes.Buffer, e xml.StartElement, root bool) {
	b.WriteString("<" + e.Name.Local)
	if root {
		b.WriteString(` xmlns="http://www.w3.org/2000/svg"`)
	}
	for _, a := range e.Attr {
		name, value := a.Name.Local, strings.TrimSpace(a.Value)
		if a.Name.Space == "xmlns" || !attributes[name] || !kept(name, value) {
			continue
		}
		b.WriteString(" " + name + `="`)
		_ = xml.EscapeText(b, []byte(value)) // a bytes.Buffer takes all
		b.WriteByte('"')
	}
	b.WriteByte('>')
}

// kept says whether the value of an attribute is harmless.
func kept(name, value string) bool {
	if name == "href" { // to a part of the same drawing
		return strings.HasPrefix(value, "#") && !strings.ContainsAny(value, `"'<>&`)
	}
	moves := name == "transform" || name == "gradientTransform"
	return harmless.MatchString(value) && (moves || !strings.Contains(value, "(") || bracketed.MatchString(value))
}

// bracketed are the values with brackets: a part of the same drawing, or a colour.
var bracketed = regexp.MustCompile(`^(?:url\(#[\w.-]+\)|(?:rgb|hsl)\([^()]*\))$`)
