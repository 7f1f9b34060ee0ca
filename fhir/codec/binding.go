package codec

import (
	"strings"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir/model"
)

// bindings are the rules of elements that must have a code of a value set (R4 terminologies 4.1.5.1): Codings and
// CodeableConcepts. A code's own are checked where it is read.
func bindings(p *plan, of *model.Type) (rules []rule) {
	for _, e := range of.Elements {
		if e.Binding == nil || e.Binding.Lists == nil {
			continue
		}
		h := hops{p.hop(e.Name)}
		rules = append(rules, func(d *decoder, f *frame) bool {
			if d.lim.Kept || f.values&h[0].element.bit() == 0 {
				return true
			}
			for i, v := range h[0].items(f) {
				if complaint := unbound(e.Binding, v); complaint != "" && !d.outside(h[0].element, i, complaint) {
					return false
				}
			}
			return true
		})
	}
	return rules
}

// unbound says why a value has no code of a value set; "" if it has one, or if it has nothing but extensions.
func unbound(b *model.Binding, v item) string {
	var codings []*dpb.Coding
	text := ""
	switch m := v.m.Interface().(type) {
	case *dpb.CodeableConcept:
		codings, text = m.GetCoding(), m.GetText().GetValue()
	case *dpb.Coding:
		codings = []*dpb.Coding{m}
	}
	for _, c := range codings {
		if b.Has(c.GetSystem().GetValue(), c.GetCode().GetValue()) {
			return ""
		}
	}
	list := b.Lists[0]
	use := "use one of " + strings.Join(list.Codes, ", ") + " with the system " + list.System
	switch {
	case len(codings) == 1:
		return echo(codings[0].GetCode().GetValue()) + " of " + echo(codings[0].GetSystem().GetValue()) + " is not a code that R4 allows here; " + use
	case len(codings) > 0:
		return "None of the codes is one that R4 allows here; " + use
	case text != "":
		return "Words alone are not enough here; " + use
	}
	return ""
}

// outside adds the fault of a value without a code of its value set.
func (d *decoder) outside(e *element, i int, complaint string) bool {
	n := d.push(e.name)
	if e.repeated {
		d.pushIndex(i)
	}
	ok := d.fault(codeCode, "%s.", complaint)
	d.expr = d.expr[:n]
	return ok
}
