package xml

import (
	"bytes"
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// divWriter copies a narrative out of JSON. What is accepted there is well-formed (package narrative) but for this:
// HTML's entities become the characters they stand for, and characters that XML can't hold the replacement character.
// A carriage return that is meant becomes a reference.
type divWriter struct {
	out   []byte
	text  []byte
	at    int
	inTag bool
	quote byte // within an attribute's value in these quotes
}

// narrative writes a div as it stands.
func (w *writer) narrative(at int) error {
	if at < 0 || w.tape.nodes[at].kind != '"' {
		return fmt.Errorf("%w: a div should be a string", errNotFHIR)
	}
	w.closeTag()
	w.line()
	d := divWriter{out: w.out, text: bytes.TrimSpace(w.tape.string(at))}
	for d.at < len(d.text) {
		start := d.at
		for d.at < len(d.text) && d.ordinary(d.text[d.at]) {
			d.at++
		}
		if d.out = append(d.out, d.text[start:d.at]...); d.at < len(d.text) {
			d.step()
		}
	}
	w.out = d.out
	return nil
}

// ordinary says that a byte is copied and changes nothing.
func (d *divWriter) ordinary(c byte) bool {
	return bareByte[c] && c != '>' && (c != '\'' || !d.inTag) || c == '"' && !d.inTag || c == '\n'
}

// step copies one character that isn't ordinary.
func (d *divWriter) step() {
	n := 1
	switch c := d.text[d.at]; {
	case c >= utf8.RuneSelf:
		var r rune
		r, n = utf8.DecodeRune(d.text[d.at:])
		d.out = appendChar(d.out, r)
	case c == '&':
		n = d.entity()
	case bytes.HasPrefix(d.text[d.at:], []byte("<!--")):
		if n = bytes.Index(d.text[d.at:], []byte("-->")) + 3; n < 3 {
			n = len(d.text) - d.at
		}
		for _, r := range string(d.text[d.at : d.at+n]) {
			d.out = appendChar(d.out, r)
		}
	case c == '\r' && d.inTag == (d.quote != 0):
		d.out = append(d.out, "&#13;"...)
	case c == '>' && !d.inTag && bytes.HasSuffix(d.text[:d.at], []byte("]]")):
		d.out = append(d.out, "&gt;"...)
	default:
		d.turn(c)
		d.out = appendChar(d.out, rune(c))
	}
	d.at += n
}

// turn notes where tags and attributes begin and end.
func (d *divWriter) turn(c byte) {
	switch {
	case d.quote == 0 && (c == '<' || c == '>'):
		d.inTag = c == '<'
	case d.quote == c:
		d.quote = 0
	case d.quote == 0 && d.inTag && (c == '"' || c == '\''):
		d.quote = c
	}
}

// entity writes the reference that stands here, and gives its length.
func (d *divWriter) entity() int {
	text := d.text[d.at:]
	end := bytes.IndexByte(text[:min(len(text), 40)], ';')
	if end < 0 {
		d.out = append(d.out, "&amp;"...)
		return 1
	}
	s := string(text[:end+1])
	if _, n := reference(s); n == len(s) {
		d.out = append(d.out, s...)
		return n
	}
	for _, r := range html.UnescapeString(s) {
		if strings.ContainsRune("&<>\"'", r) {
			d.out = append(d.out, html.EscapeString(string(r))...)
			continue
		}
		d.out = appendChar(d.out, r)
	}
	return len(s)
}
