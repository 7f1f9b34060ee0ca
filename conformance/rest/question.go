package rest

import (
	"slices"
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// questions are what can be asked of a resource that has a value: with hits it must be found, with misses it must not.
type questions struct{ hits, misses []pair }

func (q *questions) hit(name, value string)  { q.hits = append(q.hits, pair{name, value}) }
func (q *questions) miss(name, value string) { q.misses = append(q.misses, pair{name, value}) }

// nowhere is a word that no example has.
const nowhere = "zqxjkvnowhere"

// asked are the questions for a value, by each modifier and prefix that the parameter's kind has. Without hits there is
// nothing by which it could be found.
func asked(p *spec.Param, v search.Value, base string) (q questions) {
	switch v := v.(type) {
	case search.Token:
		q.token(p, v)
	case search.Text:
		q.text(p.Code, v)
	case search.Ref:
		q.reference(p, v, base)
	case search.URL:
		q.uri(p.Code, v)
	case search.DateRange:
		q.date(p, v)
	case search.NumberRange:
		q.number(p.Code, v, "")
	case search.Amount:
		q.quantity(p.Code, v)
	case search.Prose:
		q.prose(p.Code, v)
	case search.Tuple:
		q.composite(p, v)
	}
	if len(q.hits) > 0 {
		q.hit(p.Code+":missing", "false")
		q.miss(p.Code+":missing", "true")
	}
	return q
}

// sample is a question that can be answered with whatever there is.
func sample(p *spec.Param) pair {
	value := map[spec.Kind]string{spec.Number: "5", spec.Date: "2024", spec.String: nowhere, spec.Token: nowhere, spec.Quantity: "5",
		spec.URI: "urn:" + nowhere, spec.Prose: nowhere, spec.Special: nowhere}[p.Kind]
	switch {
	case p.Code == "_filter":
		value = "_id eq " + nowhere
	case p.Kind == spec.Reference:
		value = nowhere
	case p.Kind == spec.Composite:
		var parts []string
		for _, c := range p.Components {
			parts = append(parts, sample(c.Param).value)
		}
		value = strings.Join(parts, "$")
	}
	return pair{p.Code, value}
}

// literal escapes what has a meaning in a value (R4 search 3.1.1.4.19).
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`).Replace(s)
}

func (q *questions) token(p *spec.Param, v search.Token) {
	code := literal(v.Code)
	if v.Code != "" {
		q.hit(p.Code, code)
		q.miss(p.Code, nowhere)
		q.miss(p.Code+":not", code)
		q.hit(p.Code+":not", nowhere)
	}
	if p == spec.ID {
		return
	}
	if v.Code != "" {
		q.hit(p.Code, literal(v.System)+"|"+code)
		q.miss(p.Code, "urn:"+nowhere+"|"+code)
	}
	if v.Code != "" && v.System != "" {
		q.hit(p.Code, literal(v.System)+"|")
	}
	if v.Code != "" && v.Type != "" {
		q.hit(p.Code+":of-type", v.Type+"|"+code)
		q.miss(p.Code+":of-type", v.Type+"|"+nowhere)
	}
	if v.Text != "" && v.Code != "" {
		q.hit(p.Code+":text", literal(start(v.Text)))
		q.miss(p.Code+":text", nowhere)
	}
}

// start is the beginning of a text, cut between characters.
func start(s string) string {
	r := []rune(s)
	return strings.TrimSpace(string(r[:min(len(r), 20)]))
}

func (q *questions) text(code string, v search.Text) {
	if strings.TrimSpace(v.Folded) == "" || len(v.Raw) > 1000 {
		return
	}
	q.hit(code, literal(start(v.Raw)))
	q.hit(code, strings.ToUpper(literal(start(v.Raw))))
	q.hit(code+":exact", literal(v.Raw))
	r := []rune(v.Raw)
	if middle := strings.TrimSpace(string(r[len(r)/3:])); middle != "" {
		q.hit(code+":contains", literal(middle))
	}
	q.miss(code, nowhere)
	q.miss(code+":exact", literal(v.Raw)+nowhere)
	q.miss(code+":contains", nowhere)
}

// prose asks for the first words, for them as a phrase, and for the beginning of one.
func (q *questions) prose(code string, v search.Prose) {
	first, _, _ := strings.Cut(v.Words, "¶")
	words := strings.Fields(first)
	words = words[:min(len(words), 3)]
	q.hit(code, `"`+strings.Join(words, " ")+`"`)
	q.hit(code, "("+words[0]+" or "+nowhere+")")
	if r := []rune(words[0]); len(r) > 3 {
		q.hit(code, string(r[:3])+"*")
	}
	q.miss(code, nowhere)
	q.miss(code, `"`+words[0]+" "+nowhere+`"`)
}

func (q *questions) reference(p *spec.Param, v search.Ref, base string) {
	narrowed := len(p.Branches) > 0 && p.Branches[0].Target != ""
	switch {
	case v.Type != "" && v.ID != "":
		q.hit(p.Code, v.Type+"/"+v.ID)
		q.miss(p.Code, v.Type+"/"+nowhere)
		q.hit(p.Code, v.ID)
		q.hit(p.Code, base+"/"+v.Type+"/"+v.ID)
		if slices.Contains(p.Targets, v.Type) {
			q.hit(p.Code+":"+v.Type, v.ID)
			q.miss(p.Code+":"+v.Type, nowhere)
		}
	case strings.Contains(v.URL, ":") && !strings.Contains(v.URL, "|"):
		q.hit(p.Code, literal(v.URL))
		q.miss(p.Code, literal(v.URL)+nowhere)
	}
	if len(q.hits) == 0 {
		return
	}
	if v.Identifier != nil && v.Identifier.Code != "" {
		q.hit(p.Code+":identifier", literal(v.Identifier.System)+"|"+literal(v.Identifier.Code))
		q.miss(p.Code+":identifier", "urn:x|"+nowhere)
	}
	if v.Text != "" && !narrowed {
		q.hit(p.Code+":text", literal(start(v.Text)))
		q.miss(p.Code+":text", nowhere)
	}
}

func (q *questions) uri(code string, v search.URL) {
	if v.Value == "" {
		return
	}
	q.hit(code, literal(v.Value))
	q.miss(code, literal(v.Value)+nowhere)
	if i := strings.LastIndexByte(v.Value, '/'); strings.HasPrefix(v.Value, "http") && i > len("https://") {
		q.hit(code+":below", literal(v.Value[:i]))
		q.miss(code+":below", literal(v.Value)+"/"+nowhere)
		q.hit(code+":above", literal(v.Value)+"/"+nowhere)
		q.miss(code+":above", "http://"+nowhere+"/x")
	}
}

// Asked are queries, escaped, by which a resource with a value is found or isn't, in every way that the parameter has.
func Asked(p *spec.Param, v search.Value, base string) (queries []string) {
	q := asked(p, v, base)
	for _, one := range append(q.hits, q.misses...) {
		queries = append(queries, one.escaped())
	}
	return queries
}
