package codec

import (
	"cmp"
	_ "embed"
	"strings"
	"sync"

	"frontdesk/fhir/model"
)

// constraint is an invariant of R4.
type constraint struct {
	path, text string    // the element it is about, and its FHIRPath there
	holds      condition // nil if it can't be told
}

// constraintsOf are what R4 asks of a type and of its elements. What needs more of FHIRPath (resolve, descendants, texts and their parts, lists
// compared with lists) than which elements there are, how many, and their values, can't be told.
func constraintsOf(p *plan, of *model.Type) (all []constraint) {
	for _, text := range of.Constraints {
		all = append(all, constraint{p.name, text, compile(p, cmp.Or(errata[text], text))})
	}
	for _, e := range of.Elements {
		for _, text := range e.Constraints {
			c := constraint{path: p.name + "." + e.Name, text: text}
			if strings.HasPrefix(text, "where(") { // org-2, org-3: so it can be asked of the object above
				c.holds = compile(p, e.Name+"."+text)
			}
			all = append(all, c)
		}
	}
	return all
}

// invariants are the rules that a type's constraints are, as far as they can be told.
func invariants(p *plan, of *model.Type) []rule {
	var rules []rule
	for _, c := range constraintsOf(p, of) {
		if c.holds == nil {
			continue
		}
		says := c.says()
		rules = append(rules, func(d *decoder, f *frame) bool {
			return d.lim.Kept || c.holds(f) != no || d.fault(codeInvariant, "%s breaks a rule of R4: %s", p.name, says)
		})
	}
	return rules
}

// constraintRows are what R4 says of its constraints, by fhir/spec/internal/distil: the element's path, the key, the words for people, the FHIRPath.
//
//go:embed constraints.tsv
var constraintRows string

// words are what R4 says of each constraint for people, by path and FHIRPath, and by FHIRPath alone: google/fhir has other names for some elements.
var words = sync.OnceValue(func() map[[2]string]string {
	all := map[[2]string]string{}
	for line := range strings.Lines(constraintRows) {
		row := strings.Split(strings.TrimSpace(line), "\t")
		says := strings.TrimSuffix(row[2], ".") + " (" + row[1] + ")."
		all[[2]string{row[0], row[3]}], all[[2]string{"", row[3]}] = says, says
	}
	return all
})

// says is the constraint in words, with its key; its FHIRPath if R4 has no words for it.
func (c constraint) says() string {
	text := strings.Join(strings.Fields(c.text), " ")
	return cmp.Or(words()[[2]string{c.path, text}], words()[[2]string{"", text}], text+".")
}

// errata are constraints of R4 that say what can't be meant, and what later versions say.
var errata = map[string]string{
	"Appointment.cancelationReason.exists() implies (Appointment.status='no-show' or Appointment.status='cancelled')": "cancelationReason.exists() implies (status = 'noshow' or status = 'cancelled')",
}
