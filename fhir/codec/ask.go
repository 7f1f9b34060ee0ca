package codec

import (
	"frontdesk/fhir/path"
)

// question is an object that has constraints which need the whole resource, or more of FHIRPath than conditions know.
type question struct {
	at         int // where it begins in out
	expression string
	name       string
	asks       []constraint
}

// The steps that may be spent on what is asked of a document: some, and more for each byte that it has. A
// StructureDefinition of 500 elements takes 2 million.
const (
	freeSteps = 20_000_000
	byteSteps = 20
)

// ask evaluates what was noted while a resource was read, which begins at a place of out. Few types have such
// constraints, so the resource's JSON is read once more for these only.
func (d *decoder) ask(at int) bool {
	if len(d.scope.asked) == 0 || d.broken || d.full {
		return true
	}
	root, err := path.NewResource(d.out[at:])
	if err != nil {
		return true // it is at fault, and that has been said
	}
	there := make(map[int]*path.Element, len(d.scope.asked))
	root.Walk(func(e *path.Element) {
		start, _ := e.Place()
		there[at+start] = e
	})
	for _, q := range d.scope.asked {
		for _, c := range q.asks {
			if on := there[q.at]; on != nil && !d.answer(q, c, on) {
				return false
			}
		}
	}
	return true
}

// answer asks one constraint of an object, or of each value that an element of it has.
func (d *decoder) answer(q question, c constraint, on *path.Element) bool {
	all := []*path.Element{on}
	if c.element != "" {
		all = on.Named(c.element)
	}
	for _, e := range all {
		holds, known, err := c.asks.Holds(path.Env{Filtering: true, Budget: &d.steps}, e)
		expression := q.expression
		if c.element != "" {
			expression += e.Path()[len(on.Path()):]
		}
		switch {
		case err != nil:
			if !d.faultAt(expression, codeInvariant, "%s can't be checked for a rule of R4: %s It is: %s", q.name, c.Says, err) {
				return false
			}
		case known && !holds:
			if !d.breaks(expression, q.name, c) {
				return false
			}
		}
	}
	return true
}
