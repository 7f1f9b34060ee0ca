package xml

import (
	"strings"
)

// maxTags is how deep the tags of a narrative may be nested. It's what codec's own check of narratives allows.
const maxTags = 200

// narrative reads a div, of which the start tag is read, as a JSON string. It is kept as it stands; what changes are
// prefixes, which become the default namespace, CDATA, which becomes text, and processing instructions, which are
// dropped. Whether it's a narrative as R4 allows is for codec.Decode to say.
func (r *reader) narrative(div tag) bool {
	r.out = append(r.out, '"')
	open := []tag{div}
	r.startTag(div, true)
	if div.empty {
		r.out = append(r.out, '"')
		return r.close(div)
	}
	for len(open) > 0 {
		i := strings.IndexByte(r.text[r.pos:], '<')
		if i < 0 {
			return r.cut()
		}
		text := r.text[r.pos : r.pos+i]
		if !r.checkEscapes(r.pos, text) {
			return false
		}
		if j := strings.Index(text, "]]>"); j >= 0 {
			return r.malformed(r.pos+j, "text can't hold \"]]>\"; write ]]&gt;.")
		}
		r.copyText(text)
		r.pos += i
		var ok bool
		if open, ok = r.markup(open); !ok {
			return false
		}
	}
	r.out = append(r.out, '"')
	return true
}

// markup reads what begins with "<" in a narrative. open are the tags that aren't closed.
func (r *reader) markup(open []tag) ([]tag, bool) {
	at := r.pos
	switch {
	case r.has("</"):
		t := open[len(open)-1]
		if !r.close(t) {
			return nil, false
		}
		r.out = append(append(append(r.out, "</"...), t.local...), '>')
		return open[:len(open)-1], true
	case strings.HasPrefix(r.text[at:], "<!--"):
		if !r.aside() {
			return nil, false
		}
		r.copyText(r.text[at:r.pos])
		return open, true
	case r.has("<![CDATA["):
		i := strings.Index(r.text[r.pos:], "]]>")
		if i < 0 {
			return nil, r.cut()
		}
		r.copyText(textEscaper.Replace(r.text[r.pos : r.pos+i]))
		r.pos += i + 3
		return open, true
	case strings.HasPrefix(r.text[at:], "<!"), strings.HasPrefix(r.text[at:], "<?"):
		return open, r.aside()
	}
	t, ok := r.open()
	switch {
	case !ok:
		return nil, false
	case t.space != xhtmlSpace:
		return nil, r.fault(at, "<%s> is not in XHTML's namespace; nothing else can be in a narrative.", t.name)
	case len(open) >= maxTags:
		return nil, r.fault(at, "the narrative's tags are nested deeper than is accepted here.")
	}
	r.startTag(t, false)
	if t.empty {
		return open, r.close(t)
	}
	return append(open, t), true
}

var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// startTag copies a start tag that was just read. The outermost declares the namespace, where it doesn't already.
func (r *reader) startTag(t tag, outermost bool) {
	declared := false
	for _, a := range r.attrs {
		declared = declared || a.name == (name{"", "xmlns"})
	}
	if t.prefix == "" && (declared || !outermost) {
		r.copyText(r.text[t.at:r.pos])
		return
	}
	r.out = append(append(r.out, '<'), t.local...)
	if outermost {
		r.out = append(r.out, ` xmlns=\"`+xhtmlSpace+`\"`...)
	}
	for _, a := range r.attrs {
		if a.name.prefix == "xmlns" || a.name == (name{"", "xmlns"}) {
			continue
		}
		end := a.at + strings.IndexAny(r.text[a.at:], `"'`) + 1 + len(a.raw) + 1
		r.out = append(r.out, ' ')
		r.copyText(r.text[a.at:end])
	}
	if t.empty {
		r.out = append(r.out, '/')
	}
	r.out = append(r.out, '>')
}

// copyText writes a piece of XML within a JSON string. Lines end with a line feed, as XML has it (XML 1.0, 2.11); a
// carriage return that is meant is written as a reference, and becomes one again.
func (r *reader) copyText(s string) {
	for i := 0; i < len(s); i++ {
		start := i
		for i < len(s) && plainByte[s[i]] {
			i++
		}
		r.out = append(r.out, s[start:i]...)
		if i == len(s) {
			return
		}
		switch c := s[i]; {
		case c == '\r':
			if !strings.HasPrefix(s[i:], "\r\n") {
				r.out = append(r.out, `\n`...)
			}
		case c == '&':
			if char, n := reference(s[i:]); char == '\r' {
				r.out = append(r.out, `\r`...)
				i += n - 1
				continue
			}
			r.out = append(r.out, '&')
		default:
			r.out = appendJSON(r.out, rune(c))
		}
	}
}
