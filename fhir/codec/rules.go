package codec

import (
	"math/big"
	"strings"
	"time"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
)

// rulesOf are the checks of a value as a whole.
func rulesOf(p *plan, of *model.Type) []rule {
	var rules []rule
	if e := p.members["id"]; e != nil && p.members["resourceType"] == nil && of.Kind != model.Primitive {
		id := e.element.bit()
		rules = append(rules, func(d *decoder, f *frame) bool {
			return f.seen() != id || d.fault(codeInvariant, "An object must have more than an id (ele-1).")
		})
	}
	if r := rulesByName[p.name]; r != nil {
		rules = append(rules, r)
	}
	return append(append(rules, bindings(p, of)...), invariants(p, of)...)
}

var rulesByName = map[string]rule{
	"Extension":    checkExtension,
	"Reference":    checkReference,
	"Period":       checkPeriod,
	"Range":        checkRange,
	"Bundle":       checkBundle,
	"Bundle.entry": checkEntry,
}

// checkExtension is ext-1, and that the url is absolute but within another extension (R4 extensibility 2.4.1).
func checkExtension(d *decoder, f *frame) bool {
	if e, _ := f.m.Interface().(*dpb.Extension); !d.lim.Kept && f.via != f.plan.members["extension"] && relative(e.GetUrl().GetValue()) {
		n := d.push("url")
		ok := d.fault(codeValue, "%s is not an absolute URL, which tells what the extension means; write one as \"https://example.org/x\".",
			echo(e.GetUrl().GetValue()))
		if d.expr = d.expr[:n]; !ok {
			return false
		}
	}
	nested := f.seen()&f.plan.members["extension"].element.bit() != 0
	value := f.seen()&f.plan.members["valueString"].element.bit() != 0
	switch {
	case nested && value:
		return d.fault(codeInvariant, "An extension has either a value or extensions within it, not both (ext-1).")
	case !nested && !value:
		return d.fault(codeInvariant, "An extension must have a value, as valueString, or extensions within it (ext-1).")
	}
	return true
}

// relative says whether a URL that is there has no scheme.
func relative(url string) bool {
	scheme, _, absolute := strings.Cut(url, ":")
	return url != "" && !(absolute && fhir.IsScheme(scheme))
}

// checkPeriod is per-1.
func checkPeriod(d *decoder, f *frame) bool {
	p, _ := f.m.Interface().(*dpb.Period)
	start, end := p.GetStart(), p.GetEnd()
	if start.GetPrecision() == 0 || end.GetPrecision() == 0 || mayPrecede(start, end) {
		return true
	}
	return d.fault(codeInvariant, "The period ends before it starts (per-1).")
}

// mayPrecede says whether one time may be no later than another. Times of different precision are compared as the spans
// they are. A date has no zone: beside a time it begins when it does anywhere, and ends when it has ended everywhere;
// beside another date it is in the same place.
func mayPrecede(one, other *dpb.DateTime) bool {
	from, to := one.ValueUs, endOf(other)
	switch {
	case dated(one) && !dated(other):
		from -= zoneMost
	case dated(other) && !dated(one):
		to += zoneMost
	}
	return one.ValueUs <= other.ValueUs || one.GetPrecision() != other.GetPrecision() && from < to
}

// zoneMost is how far a zone can be from UTC, in microseconds (R4 datatypes, dateTime: +14:00).
const zoneMost = 14 * 3600 * second

// dated says that a dateTime is a date without a time.
func dated(t *dpb.DateTime) bool {
	p := t.GetPrecision()
	return p == dpb.DateTime_YEAR || p == dpb.DateTime_MONTH || p == dpb.DateTime_DAY
}

// endOf is the first instant after a dateTime, in the zone that it was read in.
func endOf(t *dpb.DateTime) int64 {
	at := time.UnixMicro(t.ValueUs).UTC()
	switch t.GetPrecision() {
	case dpb.DateTime_YEAR:
		return at.AddDate(1, 0, 0).UnixMicro()
	case dpb.DateTime_MONTH:
		return at.AddDate(0, 1, 0).UnixMicro()
	case dpb.DateTime_DAY:
		return t.ValueUs + day
	case dpb.DateTime_SECOND:
		return t.ValueUs + second
	case dpb.DateTime_MILLISECOND:
		return t.ValueUs + second/1000
	}
	return t.ValueUs + 1
}

// checkRange is rng-2, for quantities of the same unit.
func checkRange(d *decoder, f *frame) bool {
	r, _ := f.m.Interface().(*dpb.Range)
	low, high := r.GetLow(), r.GetHigh()
	if low.GetValue() == nil || high.GetValue() == nil || low.GetUnit().GetValue() != high.GetUnit().GetValue() ||
		low.GetCode().GetValue() != high.GetCode().GetValue() {
		return true
	}
	a, ok1 := new(big.Rat).SetString(low.GetValue().GetValue())
	b, ok2 := new(big.Rat).SetString(high.GetValue().GetValue())
	if !ok1 || !ok2 || a.Cmp(b) <= 0 {
		return true
	}
	return d.fault(codeInvariant, "The range's low is above its high (rng-2).")
}
