package expr

import (
	"fmt"
	"strings"
	"time"
)

// Print is a condition in a compact form, for people who read a plan and for tests: & | ! for And, Or, Not;
// "Observation.code = system|code" for a Test; "->" for a Chain, "<-" for a Reverse. It has the values asked for, so it
// is not for logs.
func Print(e Expr) string {
	switch e := e.(type) {
	case And:
		return join(e, " & ", "true")
	case Or:
		return join(e, " | ", "false")
	case Not:
		return "!" + Print(e.Expr)
	case Test:
		return e.Param.Name() + " = " + e.Is.String()
	case Missing:
		return e.Param.Name() + " missing"
	case Chain:
		return e.Param.Name() + " -> " + either(e.To)
	case Only:
		return e.Param.Name() + " -> only " + either(e.To)
	case Reverse:
		return e.Param.Name() + " <- " + e.By.String()
	case IDs:
		return "id in " + strings.Join(e, ",")
	case Compartment:
		return "in Patient/" + e.Patient
	case Confined:
		return "in no other than Patient/" + e.Patient
	case Visible:
		return fmt.Sprintf("visible(sections %v, from %s)", e.Sections, e.From.UTC().Format(time.RFC3339))
	case Marked:
		return "marked " + e.Mark.Code()
	}
	return "?"
}

// String is the compact form: "Patient{…}".
func (f From) String() string { return f.Type.Name + "{" + Print(f.Where) + "}" }

func either(to []From) string {
	parts := make([]string, len(to))
	for i, f := range to {
		parts[i] = f.String()
	}
	return strings.Join(parts, " or ")
}

func join(es []Expr, with, empty string) string {
	if len(es) == 0 {
		return empty
	}
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = Print(e)
	}
	return "(" + strings.Join(parts, with) + ")"
}
