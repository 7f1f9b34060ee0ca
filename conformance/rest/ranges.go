package rest

import (
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// london is where a date without a zone is read.
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
	n, err := strconv.ParseFloat(v.Lo.String(), 64)
	if v.Lo != v.Hi || err != nil || n > 1e9 || n < -1e9 {
		return
	}
	near := func(by float64) string {
		if by == 0 {
			return v.Lo.String()
		}
		return decimal(n + by)
	}
	q.hit(code, near(0)+unit)
	q.miss(code, near(1000)+unit)
	for prefix, by := range map[string]float64{"gt": -1, "ge": 0, "sa": -1, "lt": 1, "le": 0, "eb": 1, "ne": 1000, "ap": 0} {
		q.hit(code, prefix+near(by)+unit)
	}
	for prefix, by := range map[string]float64{"gt": 1, "ge": 1, "sa": 1, "lt": -1, "le": -1, "eb": -1, "ap": 1e6} {
		q.miss(code, prefix+near(by)+unit)
	}
}

func (q *questions) quantity(code string, v search.Amount) {
	q.number(code, v.NumberRange, "")
	if len(q.hits) == 0 {
		return
	}
	if v.Code != "" {
		q.number(code, v.NumberRange, "|"+literal(v.System)+"|"+literal(v.Code))
		q.miss(code, v.Lo.String()+"|"+literal(v.System)+"|"+nowhere)
	}
	if unit := v.Code + v.Unit; v.Code == "" && unit != "" {
		q.hit(code, v.Lo.String()+"||"+literal(unit))
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
