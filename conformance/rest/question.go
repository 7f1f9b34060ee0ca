package rest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// questions are what can be asked of a resource that has a value: with hits it must be found, with misses it must not.
type questions struct{ hits, misses []pair }

func (q *questions) hit(name, value string)  { q.hits = append(q.hits, pair{name, value}) }
func (q *questions) miss(name, value string) { q.misses = append(q.misses, pair{name, value}) }

// nowhere is a word that no example has.
const nowhere = "zqxjkvnowhere"

// asked are the questions for a value, by each modifier and prefix that the parameter's kind has. Without hits there is nothing by
// which it could be found.
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
		spec.URI: "urn:" + nowhere}[p.Kind]
	switch {
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

// literal escapes what has a meaning in a value (R4 search 3.1.1.5.7).
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

// London is where a date without a zone is read.
var london = search.London()

// instant is a moment as a query has it, with a whole day added or taken away.
func instant(us int64, days int) string {
	return time.UnixMicro(us).UTC().AddDate(0, 0, days).Format("2006-01-02T15:04:05.000Z")
}

func (q *questions) date(p *spec.Param, v search.DateRange) {
	code := p.Code
	if p == spec.LastUpdated {
		q.hit(code, "gt2020")
		q.miss(code, "lt2020")
		return
	}
	if v.Lo != search.MinTime {
		for _, prefix := range []string{"ge", "gt", "sa", "ne"} {
			q.hit(code, prefix+instant(v.Lo, -1))
		}
		q.miss(code, "eb"+instant(v.Lo, 0))
		q.miss(code, "lt"+instant(v.Lo, 0))
	}
	if v.Hi != search.MaxTime {
		for _, prefix := range []string{"le", "lt", "eb", "ne"} {
			q.hit(code, prefix+instant(v.Hi, 1))
		}
		q.miss(code, "sa"+instant(v.Hi, 1))
		q.miss(code, "gt"+instant(v.Hi, 1))
	}
	if exact := written(v); exact != "" {
		q.hit(code, exact)
		q.hit(code, "ap"+exact)
		q.miss(code, "ne"+exact)
		q.miss(code, "1801-01-01")
	}
}

// written is a date as it may have been written in the resource, if it is one of R4's precisions; else "".
func written(v search.DateRange) string {
	if v.Lo == search.MinTime || v.Hi == search.MaxTime {
		return ""
	}
	lo := time.UnixMicro(v.Lo).In(london)
	for _, precision := range []struct {
		layout string
		end    time.Time
	}{
		{"2006", lo.AddDate(1, 0, 0)}, {"2006-01", lo.AddDate(0, 1, 0)}, {"2006-01-02", lo.AddDate(0, 0, 1)}, {time.RFC3339, lo.Add(time.Second)},
	} {
		s := lo.Format(precision.layout)
		if back, err := time.ParseInLocation(precision.layout, s, london); err == nil && back.Equal(lo) && precision.end.UnixMicro() == v.Hi {
			return s
		}
	}
	return ""
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// number asks for a number with something behind it: of a quantity its unit.
func (q *questions) number(code string, v search.NumberRange, unit string) {
	if v.Lo != v.Hi || v.Lo > 1e9 || v.Lo < -1e9 {
		return
	}
	n := v.Lo
	q.hit(code, decimal(n)+unit)
	q.miss(code, decimal(n+1000)+unit)
	for prefix, by := range map[string]float64{"gt": -1, "ge": 0, "sa": -1, "lt": 1, "le": 0, "eb": 1, "ne": 1000, "ap": 0} {
		q.hit(code, prefix+decimal(n+by)+unit)
	}
	for prefix, by := range map[string]float64{"gt": 1, "ge": 1, "sa": 1, "lt": -1, "le": -1, "eb": -1, "ap": 1e6} {
		q.miss(code, prefix+decimal(n+by)+unit)
	}
}

func (q *questions) quantity(code string, v search.Amount) {
	q.number(code, v.NumberRange, "")
	if len(q.hits) == 0 {
		return
	}
	if v.Code != "" {
		q.number(code, v.NumberRange, "|"+literal(v.System)+"|"+literal(v.Code))
		q.miss(code, decimal(v.Lo)+"|"+literal(v.System)+"|"+nowhere)
	}
	if unit := v.Code + v.Unit; v.Code == "" && unit != "" {
		q.hit(code, decimal(v.Lo)+"||"+literal(unit))
	}
}

// composite asks for all parts together: the first question of each.
func (q *questions) composite(p *spec.Param, v search.Tuple) {
	var hit, miss []string
	for i, part := range v {
		c := *p.Components[i].Param
		c.Code = "part"
		one := asked(&c, part, "")
		if len(one.hits) == 0 || one.hits[0].name != c.Code {
			return
		}
		hit = append(hit, one.hits[0].value)
	}
	miss = append(miss, hit...)
	if p.Components[0].Param.Kind != spec.Token {
		return
	}
	miss[0] = nowhere
	q.hit(p.Code, strings.Join(hit, "$"))
	q.miss(p.Code, strings.Join(miss, "$"))
}
