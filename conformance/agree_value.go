package conformance

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// seen is a value that some resource has, as a rule, so that queries find things.
func (g *generator) seen(p *spec.Param, w world) search.Value {
	code := p.Code
	for _, b := range p.Branches {
		code = b.Param.Code
	}
	for range 4 {
		d := pick(g, w.all)
		for _, e := range d.Entries {
			if e.Param.Code == code && e.Param.Kind == p.Kind && g.chance(2) && (p.Kind != spec.Composite || e.Param == p) {
				return e.Value
			}
		}
	}
	return g.value(p)
}

// escaped protects a value's own separators (R4 search 3.1.1.4.19).
var escaped = strings.NewReplacer(`\`, `\\`, ",", `\,`, "$", `\$`, "|", `\|`)

// text is a value as a query may ask for it.
func (g *generator) text(p *spec.Param, v search.Value, modifier string) string {
	if p == spec.ID {
		return g.id()
	}
	switch v := v.(type) {
	case search.Token:
		return g.tokenText(v, modifier)
	case search.Text:
		return escaped.Replace(g.piece(v.Raw, modifier))
	case search.URL:
		return g.urlText(v, modifier)
	case search.Ref:
		return g.refText(p, v, modifier)
	case search.DateRange:
		return g.prefix() + g.dateText(v)
	case search.NumberRange:
		return g.prefix() + g.numberText(v)
	case search.Amount:
		return g.prefix() + g.amountText(v)
	case search.Prose:
		return g.proseText(v, 1)
	case search.Tuple:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = g.text(p.Components[i].Param, part, "")
		}
		return strings.Join(parts, "$")
	}
	panic(fmt.Sprintf("a value of a new kind: %T", v))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// piece is a part of a string that is enough to find it.
func (g *generator) piece(s, modifier string) string {
	r := []rune(s)
	if len(r) == 0 || len(r) > 500 || strings.ContainsFunc(s, unicode.IsControl) {
		return "smi" // no query can have it
	}
	from, to := 0, len(r)
	if modifier != "exact" {
		to = 1 + g.IntN(len(r))
		if modifier == "contains" {
			from = g.IntN(to)
		}
	}
	if part := string(r[from:to]); prose.Fold(part) != "" || modifier == "exact" {
		return part
	}
	return "smi"
}

func (g *generator) tokenText(v search.Token, modifier string) string {
	switch modifier {
	case "text":
		return escaped.Replace(g.piece(orElse(v.Text, "smith"), ""))
	case "of-type":
		system, code, _ := cutLast(orElse(v.Type, "urn:s|a"))
		return escaped.Replace(orElse(system, "urn:s")) + "|" + escaped.Replace(orElse(code, "a")) + "|" + escaped.Replace(orElse(v.Code, "b"))
	}
	code, system := escaped.Replace(orElse(v.Code, "a")), escaped.Replace(v.System)
	forms := []string{code, strings.ToUpper(code), system + "|" + code, "|" + code}
	if system != "" {
		forms = append(forms, system+"|")
	}
	return pick(g, forms)
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '|')
	return s[:i], s[i+1:], i >= 0
}

func (g *generator) urlText(v search.URL, modifier string) string {
	switch {
	case v.Value == "":
		return "urn:x"
	case modifier == "below":
		r := []rune(v.Value)
		return escaped.Replace(string(r[:1+g.IntN(len(r))]))
	case modifier == "above":
		return escaped.Replace(v.Value + pick(g, []string{"", "/x", "b"}))
	case v.Version != "" && g.chance(2):
		return escaped.Replace(v.Value) + "|" + escaped.Replace(v.Version)
	}
	return escaped.Replace(v.Value)
}

func (g *generator) refText(p *spec.Param, v search.Ref, modifier string) string {
	switch modifier {
	case "text":
		return escaped.Replace(g.piece(orElse(v.Text, "smith"), ""))
	case "identifier":
		if v.Identifier == nil {
			token := g.token()
			v.Identifier = &token
		}
		return g.tokenText(*v.Identifier, "")
	}
	id := orElse(v.ID, g.id())
	if modifier != "" || !slices.Contains(p.Targets, v.Type) {
		return id
	}
	forms := []string{id, v.Type + "/" + id, v.Type + "/" + id + "/_history/" + strconv.Itoa(1+g.IntN(2))}
	if v.URL != "" && strings.Contains(v.URL, ":") {
		forms = append(forms, escaped.Replace(v.URL), escaped.Replace(v.URL))
	}
	return pick(g, forms)
}

// dateText is a date near an end of the range, in one of the precisions.
func (g *generator) dateText(v search.DateRange) string {
	at := v.Lo
	if at == search.MinTime || v.Hi != search.MaxTime && g.chance(3) {
		at = v.Hi
	}
	when := time.UnixMicro(at).UTC()
	switch {
	case when.Second() == 0 && when.Nanosecond() == 0 && g.chance(4): // a leap second is the first of the next minute
		return when.Add(-time.Second).Format("2006-01-02T15:04:") + pick(g, []string{"60Z", "60.0Z"})
	case g.chance(8):
		return when.Format("2006-01-02T15:04:05.000000") + "7654321Z"
	}
	layout := pick(g, []string{"2006", "2006-01", "2006-01-02", "2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000000Z", "2006-01-02T15:04:05-07:00"})
	return when.Format(layout)
}

// numberText is a number at an end of the range, or near it: as it is, of fewer or more digits, with an exponent, or
// any other.
func (g *generator) numberText(v search.NumberRange) string {
	n := v.Lo
	if n == search.Below {
		n = v.Hi
	}
	text := n.String()
	near, _ := strconv.ParseFloat(text, 64)
	switch form := g.IntN(8); {
	case form == 0:
		return strconv.FormatFloat(near, 'e', g.IntN(3), 64)
	case form == 1:
		return g.number().String()
	case form == 5 && !strings.Contains(text, "e"): // a neighbour
		return text[:len(text)-1] + pick(g, []string{"0", "1", "2", "3", "4", "5"})
	case form == 2 && math.Abs(near) < 1e15:
		return strconv.FormatFloat(near, 'f', 1+g.IntN(2), 64)
	case form == 3 && !strings.ContainsAny(text, ".e"):
		return text + pick(g, []string{".0", "0e-1", ".000000000000000001"})
	case form == 4 && strings.Contains(text, ".") && !strings.Contains(text, "e"):
		return text + pick(g, []string{"0", "1", "e0"})
	}
	return text
}

func (g *generator) amountText(v search.Amount) string {
	return g.numberText(v.NumberRange) + pick(g, []string{"", "||" + escaped.Replace(orElse(v.Unit, "mg")), "||" + escaped.Replace(orElse(v.Code, "g")),
		"|" + escaped.Replace(v.System) + "|" + escaped.Replace(orElse(v.Code, "mg"))})
}

// proseText asks for words of a text: one, two that stand together, the beginning of one, or several with and and or.
func (g *generator) proseText(v search.Prose, depth int) string {
	words := slices.DeleteFunc(strings.Fields(v.Words), func(w string) bool { return w == prose.Break })
	if len(words) == 0 {
		words = []string{"pain"}
	}
	i := g.IntN(len(words))
	first := []rune(words[i])
	switch g.IntN(6) {
	case 0:
		return `"` + strings.Join(words[i:min(i+2, len(words))], " ") + `"`
	case 1:
		if len(first) > 3 {
			return `"` + string(first[:3]) + `"*`
		}
	case 2, 3:
		if depth > 0 {
			return "(" + g.proseText(v, depth-1) + pick(g, []string{" and ", " OR ", " "}) + g.proseText(v, depth-1) + ")"
		}
	}
	return `"` + string(first) + `"`
}

func (g *generator) prefix() string {
	if g.chance(3) {
		return ""
	}
	return pick(g, search.Prefixes(spec.Date))
}
