package codec

import (
	"strings"

	"frontdesk/fhir/model"
	"frontdesk/fhir/path"
)

// constraint is an invariant of R4, of an object or of one of its elements.
type constraint struct {
	model.Constraint
	element string           // the element it is about; "" if it is the object
	text    string           // the FHIRPath that is asked of that
	holds   condition        // checked while the object is read; nil if it says more than a condition can
	asks    *path.Expression // asked when the resource has been read, if holds is nil
}

// byHand are the constraints that rules of their own check (rules.go, bundlerules.go, package narrative), and those
// that what is read can't break: a SimpleQuantity has no comparator to begin with.
var byHand = map[string]bool{"ext-1": true, "ref-1": true, "per-1": true, "rng-2": true, "bdl-1": true, "bdl-2": true, "bdl-3": true,
	"bdl-4": true, "bdl-5": true, "bdl-7": true, "bdl-8": true, "bdl-11": true, "bdl-12": true, "txt-1": true, "txt-2": true}

// constraintsOf are what R4 asks of a type and of its elements, beyond what is checked by hand.
func constraintsOf(p *plan, of *model.Type) (all []constraint) {
	for _, c := range of.Constraints {
		if !byHand[c.Key] {
			all = append(all, p.constraint(c, ""))
		}
	}
	for _, e := range of.Elements {
		for _, c := range e.Constraints {
			if !byHand[c.Key] {
				all = append(all, p.constraint(c, e.Name))
			}
		}
	}
	return all
}

// constraint compiles one, or leaves it to be asked.
func (p *plan) constraint(of model.Constraint, element string) constraint {
	c := constraint{Constraint: of, element: element, text: of.Text}
	if strings.HasPrefix(of.Text, "where(") && element != "" { // org-2, org-3: so it can be asked of the object above
		c.element, c.text = "", element+"."+of.Text
	}
	x, err := path.Compile(c.text, nil)
	if err != nil {
		panic("codec: " + of.Key + " can't be read: " + err.Error()) // a slip in constraints.tsv, found by any test
	}
	if holds, ok := compile(p, x.Root); ok && c.element == "" {
		c.holds = holds
	} else {
		c.asks = x
	}
	return c
}

// breaks says that an object doesn't keep a constraint.
func (d *decoder) breaks(expression, object string, c constraint) bool {
	return d.faultAt(expression, codeInvariant, "%s breaks a rule of R4: %s", object, c.Says)
}

// invariants are the rules that a type's constraints are: those that compile are checked when the object has been
// read, and for the others it is noted.
func invariants(p *plan, of *model.Type) []rule {
	var rules []rule
	var asked []constraint
	for _, c := range constraintsOf(p, of) {
		if c.holds == nil {
			asked = append(asked, c)
			continue
		}
		rules = append(rules, func(d *decoder, f *frame) bool {
			return d.lim.Kept || c.holds(f) != no || d.breaks(string(d.expr), p.name, c)
		})
	}
	if len(asked) > 0 {
		rules = append(rules, func(d *decoder, f *frame) bool {
			if !d.lim.Kept {
				d.scope.asked = append(d.scope.asked, question{f.start, string(d.expr), p.name, asked})
			}
			return true
		})
	}
	return rules
}
