package search

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir/spec"
)

// resultParams are the parameters that say what is made of the matches (R4 search 3.1.1.5). Each is given once, but for
// includes. _type is read before them, by narrow.
var resultParams = map[string]func(c *parser, modifier string, p param) error{}

func init() { // they use the table themselves
	resultParams = map[string]func(c *parser, modifier string, p param) error{
		"_count":      (*parser).readCount,
		"_cursor":     (*parser).readCursor,
		"_elements":   (*parser).readElements,
		"_format":     (*parser).pass, // handlers read it
		"_include":    (*parser).readInclude,
		"_pretty":     (*parser).pass,
		"_revinclude": (*parser).readInclude,
		"_sort":       (*parser).readSort,
		"_summary":    (*parser).readSummary,
		"_total":      (*parser).readTotal,
		"_type":       (*parser).pass,

		"_contained":     (*parser).notOffered,
		"_containedType": (*parser).notOffered,
	}
}

// result reads one of them.
func (c *parser) result(p param) error {
	name, modifier, modified := strings.Cut(p.name, ":")
	if modified && (modifier != "iterate" || name != "_include" && name != "_revinclude") {
		return bad(quoted(p.name), "_include:iterate=Schedule:actor", "%s can't have this modifier", name)
	}
	return resultParams[name](c, modifier, p)
}

func (c *parser) pass(string, param) error { return nil }

func (c *parser) notOffered(_ string, p param) error {
	if p.value == "false" && p.name == "_contained" {
		return nil
	}
	return unsupported(p.name, "contained resources are found only with what contains them")
}

// once are right examples of what may be given just once, and may hold several values between commas.
var once = map[string]string{
	"_count": "_count=20", "_cursor": "none", "_elements": "_elements=id,meta", "_format": "_format=json", "_pretty": "_pretty=true",
	"_sort": "_sort=-date,status", "_summary": "_summary=count", "_total": "_total=accurate", "_type": "_type=Observation,Condition",
}

// narrow reads _type, and sees to it that nothing but includes is given twice.
func (c *parser) narrow(params []param) ([]param, error) {
	seen := map[string]bool{}
	for _, p := range params {
		name, _, _ := strings.Cut(p.name, ":")
		if _, ok := resultParams[name]; !ok || strings.HasSuffix(name, "include") {
			continue
		}
		if seen[name] {
			return nil, bad(name, once[name], "it is given more than once")
		}
		seen[name] = true
		if name != "_type" {
			continue
		}
		var types []*spec.Type
		for want := range strings.SplitSeq(p.value, ",") {
			i := slices.IndexFunc(c.types, func(t *spec.Type) bool { return t.Name == want })
			if i < 0 {
				return nil, bad(name, "_type=Observation,Condition", "%s is not one of the types searched", quoted(want))
			}
			if !slices.Contains(types, c.types[i]) {
				types = append(types, c.types[i])
			}
		}
		slices.SortFunc(types, func(a, b *spec.Type) int { return strings.Compare(a.Name, b.Name) })
		c.types = types
	}
	return params, nil
}

func (c *parser) readCount(_ string, p param) error {
	n, err := strconv.Atoi(p.value)
	if err != nil || n < 0 || p.value[0] == '+' {
		return bad("_count", "_count=20", "it is a number from 0 to %d", c.o.PageMax)
	}
	c.out.Limit = min(n, c.o.PageMax)
	return nil
}

func (c *parser) readSort(_ string, p param) (err error) {
	c.out.Sort, err = c.parseSort(p.value)
	return err
}

// choice reads a value that is one of a few.
func choice[T any](p param, of map[string]T, into *T) error {
	v, ok := of[p.value]
	if !ok {
		names := make([]string, 0, len(of))
		for name := range of {
			names = append(names, name)
		}
		slices.Sort(names)
		return bad(p.name, p.name+"="+names[0], "it is one of %s", strings.Join(names, ", "))
	}
	*into = v
	return nil
}

var totals = map[string]Total{"none": TotalNone, "estimate": TotalEstimate, "accurate": TotalAccurate}

func (c *parser) readTotal(_ string, p param) error { return choice(p, totals, &c.out.Total) }

var summaries = map[string]Summary{"false": SummaryFalse, "true": SummaryTrue, "text": SummaryText, "data": SummaryData, "count": SummaryCount}

func (c *parser) readSummary(_ string, p param) error { return choice(p, summaries, &c.out.Summary) }

func (c *parser) readElements(_ string, p param) error {
	for name := range strings.SplitSeq(p.value, ",") {
		known := slices.ContainsFunc(c.types, func(t *spec.Type) bool { return t.Descriptor.Fields().ByJSONName(name) != nil })
		if !known {
			return bad("_elements", "_elements=id,meta", "%s is not a top-level element of %s", quoted(name), c.types[0].Name)
		}
		if !slices.Contains(c.out.Elements, name) {
			c.out.Elements = append(c.out.Elements, name)
		}
	}
	return nil
}

// readInclude reads _include and _revinclude: "Type:code", "Type:code:Target", "Type:*" or "*" (R4 search 3.1.1.5.4).
func (c *parser) readInclude(modifier string, p param) error {
	if err := c.count(p.name); err != nil {
		return err
	}
	reverse := strings.HasPrefix(p.name, "_rev")
	example := p.name + "=" + includeExample(c.types[0], reverse)
	sources := c.types
	source, code, target := "", p.value, ""
	if p.value != "*" || reverse {
		parts := strings.Split(p.value, ":")
		if len(parts) < 2 || len(parts) > 3 {
			return bad(quoted(p.name), example, "it is Type:parameter or Type:parameter:Target")
		}
		source, code = parts[0], parts[1]
		if len(parts) == 3 {
			target = parts[2]
			if _, ok := c.registry.Type(target); !ok {
				return bad(quoted(p.name), example, "there is no resource type %s", quoted(target))
			}
		}
		t, ok := c.registry.Type(source)
		if !ok {
			return bad(quoted(p.name), example, "there is no resource type %s", quoted(source))
		}
		if !reverse && modifier == "" && !slices.Contains(c.types, t) {
			return bad(quoted(p.name), "_include:iterate="+p.value,
				"the matches are not of type %s; to go on from what was included, say :iterate", source)
		}
		sources = []*spec.Type{t}
	}
	var found []Include
	for _, t := range sources {
		more, err := c.include(t, code, target, p, example)
		if err != nil {
			return err
		}
		found = append(found, more...)
	}
	for i := range found {
		found[i].Iterate = modifier == "iterate"
	}
	if reverse {
		c.out.RevInclude = append(c.out.RevInclude, found...)
	} else {
		c.out.Include = append(c.out.Include, found...)
	}
	return nil
}

// include resolves one, so that its Param is Indexed.
func (c *parser) include(t *spec.Type, code, target string, p param, example string) ([]Include, error) {
	if code == "*" {
		return []Include{{Source: t, Target: target}}, nil
	}
	param, err := c.lookup(t, code)
	if err == nil {
		err = c.usable(param)
	}
	switch {
	case err != nil && param == nil:
		return nil, bad(quoted(p.name), example, "%s has no search parameter %s%s", t.Name, quoted(code), near(t, code))
	case err != nil:
		return nil, err
	case param.Kind != spec.Reference:
		return nil, bad(quoted(p.name), example, "%s is a %s parameter, not a reference", param.Name(), param.Kind)
	case target != "" && !slices.Contains(param.Targets, target):
		return nil, bad(quoted(p.name), example, "%s doesn't refer to a %s, only to %s", param.Name(), target, list(param.Targets))
	}
	var found []Include
	for _, b := range param.Answers() {
		if target == "" || b.Target == "" || target == b.Target {
			found = append(found, Include{Source: t, Param: b.Param, Target: orElse(target, b.Target)})
		}
	}
	return found, nil
}

// includeExample is a right include: one of the type's own references, or one that refers to it.
func includeExample(t *spec.Type, reverse bool) string {
	if reverse {
		return "Provenance:target"
	}
	for _, code := range t.Codes {
		if p := t.Params[code]; p.Kind == spec.Reference && p.Unsupported == "" {
			return t.Name + ":" + code
		}
	}
	return "Observation:subject"
}

// readable leaves what needs no escape in a query (RFC 3986 3.4) as it is, for people who read links.
var readable = strings.NewReplacer("%3A", ":", "%2F", "/", "%2C", ",", "%24", "$", "%2A", "*")

// self is the query that was understood.
func self(criteria, results []param, limit int) string {
	var b strings.Builder
	for _, p := range slices.Concat(criteria, results) {
		if p.name == "_cursor" {
			continue
		}
		if p.name == "_count" {
			p.value = fmt.Sprint(limit)
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(readable.Replace(url.QueryEscape(p.name)) + "=" + readable.Replace(url.QueryEscape(p.value)))
	}
	return b.String()
}
