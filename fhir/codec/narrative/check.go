package narrative

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/fhir"
)

var tags = set("a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn div " +
	"dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup table tbody td tfoot th thead " +
	"tr tt u ul var")

var attributes = set("abbr accesskey align alt axis border cellpadding cellspacing char charoff charset cite class " +
	"colspan compact coords dir frame headers height href hreflang id idref lang longdesc name nohref noshade nowrap rel rev " +
	"rowspan rules scope shape space span src start style summary tabindex title type usemap ismap valign value width " +
	"xml:id xml:lang xml:space xmlns xmlns:xhtml xmlns:xsi")

const (
	xhtmlSpace  = "http://www.w3.org/1999/xhtml"
	maxTagDepth = 200 // open tags within one another
	txt1        = " (txt-1: narrative has basic formatting only)"
	badTag      = "the narrative has a tag that is not closed by >"
	badURL      = "the narrative links to %s, which a reader must not be led to"
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// xhtml is a walk over a narrative's div.
type xhtml struct {
	rest    string
	open    []string
	content bool // there is something to read (txt-2)
	closed  bool // the div has ended
}

// Check says what is wrong with a div as it stands in Narrative.div, or "". It reads well-formed XML only: what
// browsers would have to repair is refused, for they repair it into something else than was checked.
func Check(v string) string {
	x := xhtml{rest: strings.TrimSpace(v)}
	if !strings.HasPrefix(x.rest, "<div") {
		return "a narrative must be one <div xmlns=\"" + xhtmlSpace + "\">…</div>"
	}
	for x.rest != "" {
		if complaint := x.step(); complaint != "" {
			return complaint
		}
	}
	switch {
	case len(x.open) > 0:
		return "the narrative's <" + fhir.Clip(x.open[len(x.open)-1]) + "> is never closed"
	case !x.content:
		return "a narrative must have some text or an image (txt-2)"
	}
	return ""
}

// step reads up to the end of the next tag.
func (x *xhtml) step() string {
	i := strings.IndexByte(x.rest, '<')
	text := x.rest
	if i >= 0 {
		text = x.rest[:i]
	}
	if complaint := x.text(text); complaint != "" || i < 0 {
		x.rest = ""
		return complaint
	}
	x.rest = x.rest[i:]
	switch {
	case x.closed:
		return "nothing may follow the narrative's div"
	case strings.HasPrefix(x.rest, "<!--"):
		return x.comment()
	case strings.HasPrefix(x.rest, "</"):
		return x.closeTag()
	}
	return x.openTag()
}

func (x *xhtml) text(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	if x.closed {
		return "nothing may follow the narrative's div"
	}
	x.content = true
	return checkEntities(s)
}

// checkEntities: an & begins an entity of HTML or a character reference.
func checkEntities(s string) string {
	for i := strings.IndexByte(s, '&'); i >= 0; {
		s = s[i:]
		end := strings.IndexByte(s, ';')
		if end < 2 || end > 12 || html.UnescapeString(s[:end+1]) == s[:end+1] {
			return "the narrative has a & that begins no entity; write &amp;"
		}
		s = s[end+1:]
		i = strings.IndexByte(s, '&')
	}
	return ""
}

// comment skips <!-- … -->. A browser takes some odd ones for ended sooner, and would run what follows.
func (x *xhtml) comment() string {
	body, rest, ok := strings.Cut(x.rest[4:], "-->")
	if !ok || strings.Contains(body, "--") || strings.HasPrefix(body, ">") || strings.HasPrefix(body, "->") || strings.HasSuffix(body, "-") {
		return "the narrative has a comment that is not well formed"
	}
	x.rest = rest
	return ""
}

func (x *xhtml) closeTag() string {
	name, rest, ok := strings.Cut(x.rest[2:], ">")
	name = strings.TrimRight(name, " \t\r\n")
	if !ok {
		return badTag
	}
	if n := len(x.open); n == 0 || x.open[n-1] != name {
		return "the narrative's </" + fhir.Clip(name) + "> closes nothing that is open"
	}
	x.open, x.rest = x.open[:len(x.open)-1], rest
	x.closed = len(x.open) == 0
	return ""
}

func (x *xhtml) openTag() string {
	name := x.name(1)
	if !tags[name] {
		return "the narrative has <" + fhir.Clip(name) + ">, which is not allowed there" + txt1
	}
	if len(x.open) >= maxTagDepth {
		return "the narrative's tags are nested too deep"
	}
	if name == "img" {
		x.content = true
	}
	x.open = append(x.open, name)
	x.rest = x.rest[1+len(name):]
	return x.readAttributes(name)
}

// name is the XML name that begins at i.
func (x *xhtml) name(i int) string {
	j := i
	for j < len(x.rest) && (x.rest[j] == ':' || x.rest[j] == '-' || x.rest[j] == '_' || x.rest[j] >= utf8.RuneSelf ||
		x.rest[j]|0x20 >= 'a' && x.rest[j]|0x20 <= 'z' || j > i && x.rest[j] >= '0' && x.rest[j] <= '9') {
		j++
	}
	return x.rest[i:j]
}

// readAttributes reads the rest of an opening tag.
func (x *xhtml) readAttributes(tag string) string {
	var seen []string
	spaceSeen := ""
	for {
		trimmed := strings.TrimLeft(x.rest, " \t\r\n")
		apart := len(trimmed) < len(x.rest)
		x.rest = trimmed
		switch {
		case strings.HasPrefix(x.rest, ">"):
			x.rest = x.rest[1:]
			return x.rooted(spaceSeen)
		case strings.HasPrefix(x.rest, "/>"):
			x.rest, x.open = x.rest[2:], x.open[:len(x.open)-1]
			x.closed = len(x.open) == 0
			return ""
		case !apart:
			return badTag
		}
		name := x.name(0)
		x.rest = x.rest[len(name):]
		value, complaint := x.attributeValue(name)
		if complaint == "" {
			complaint = checkAttribute(tag, name, value)
		}
		for _, s := range seen {
			if s == name {
				complaint = "the narrative has the attribute " + fhir.Clip(name) + " twice on one tag"
			}
		}
		if complaint != "" {
			return complaint
		}
		seen = append(seen, name)
		if name == "xmlns" {
			spaceSeen = value
		}
	}
}

// rooted checks the outermost div's namespace.
func (x *xhtml) rooted(space string) string {
	if space != "" && space != xhtmlSpace || len(x.open) == 1 && space == "" {
		return "the narrative's div must have xmlns=\"" + xhtmlSpace + "\""
	}
	return ""
}

func (x *xhtml) attributeValue(name string) (value, complaint string) {
	x.rest = strings.TrimLeft(x.rest, " \t\r\n")
	if name == "" || !strings.HasPrefix(x.rest, "=") {
		return "", badTag
	}
	x.rest = strings.TrimLeft(x.rest[1:], " \t\r\n")
	if x.rest == "" || x.rest[0] != '"' && x.rest[0] != '\'' {
		return "", "the narrative has an attribute whose value is not in quotes"
	}
	value, rest, ok := strings.Cut(x.rest[1:], x.rest[:1])
	if !ok || strings.Contains(value, "<") {
		return "", badTag
	}
	x.rest = rest
	if complaint := checkEntities(value); complaint != "" {
		return "", complaint
	}
	return html.UnescapeString(value), ""
}

// checkAttribute refuses whatever could act: event handlers, and links and styles that run or fetch.
func checkAttribute(tag, name, value string) string {
	if !attributes[name] {
		return fmt.Sprintf("the narrative has the attribute %s, which is not allowed there%s", quoted(name), txt1)
	}
	compact := strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || r == '\\' {
			return -1
		}
		return r
	}, value))
	switch name {
	case "href", "src", "longdesc", "usemap", "cite":
		scheme, _, ok := strings.Cut(compact, ":")
		if ok && fhir.IsScheme(scheme) && !linkSchemes[scheme] && !(tag == "img" && strings.HasPrefix(compact, "data:image/")) {
			return fmt.Sprintf(badURL, quoted(value))
		}
	case "style":
		for _, bad := range [...]string{"expression(", "javascript:", "vbscript:", "@import", "behavior:", "behaviour:", "-moz-binding", "/*"} {
			if strings.Contains(compact, bad) {
				return "the narrative has a style that could run a script" + txt1
			}
		}
	}
	return ""
}

var linkSchemes = set("http https mailto tel urn cid ftp")

// quoted is what a client sent, quoted and cut.
func quoted(s string) string { return strconv.Quote(fhir.Clip(s)) }
