package search

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
)

// faults are all that is wrong with one query.
type faults []*fhir.Error

func (f *faults) add(err error) {
	if err == nil {
		return
	}
	var e *fhir.Error
	if !errors.As(err, &e) {
		e = fhir.Fault("reading a query", err)
	}
	*f = append(*f, e)
}

// err is one error with the issues of all, of the first one's Kind; nil if there are none.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	all := *f[0]
	all.Issues = nil
	for _, e := range f {
		all.Issues = append(all.Issues, e.Issues...)
	}
	return &all
}

// bad is a parameter that can't be understood: its name, why, and how it would be right. The value isn't repeated: it
// may be a person's name, and errors are logged.
func bad(name, example, format string, args ...any) *fhir.Error {
	why := fmt.Sprintf(format, args...)
	if !strings.HasSuffix(why, "?") {
		why += "."
	}
	return fhir.Errorf(fhir.Invalid, "", "%s: %s A right example: %s", name, why, example)
}

// unsupported is something R4 has and Frontdesk doesn't offer.
func unsupported(name, format string, args ...any) *fhir.Error {
	return fhir.Errorf(fhir.NotSupported, "", "%s is not offered: %s.", name, fmt.Sprintf(format, args...))
}

// errUnknown is the cause of the error for a parameter that a type hasn't got.
var errUnknown = errors.New("unknown parameter")

// unknown is a parameter that the type hasn't got, with those that it may be meant for.
func unknown(t *spec.Type, name, code string) *fhir.Error {
	e := bad(quoted(name), example(t), "%s has no search parameter %s%s", t.Name, quoted(code), near(t, code))
	e.Err = errUnknown
	return e
}

// example is a right parameter of a type.
func example(t *spec.Type) string {
	for _, code := range []string{"name", "code", "identifier", "status"} {
		if p := t.Params[code]; p != nil && p.Unsupported == "" {
			return right(p, code)
		}
	}
	return "_id=123"
}

// right is a parameter with a right value.
func right(p *spec.Param, name string) string {
	if p == spec.ID {
		return name + "=123"
	}
	return name + "=" + rightValue(p)
}

func rightValue(p *spec.Param) string {
	switch p.Code {
	case "identifier":
		return "https://fhir.nhs.uk/Id/nhs-number|9000000009"
	case "_list":
		return "42"
	case "_filter":
		return strings.TrimPrefix(filterExample, "_filter=")
	}
	if p.Kind == spec.Token && !strings.Contains(p.Code, "code") {
		return "active"
	}
	if p.Kind == spec.Reference && len(p.Targets) > 0 && !slices.Contains(p.Targets, "Patient") {
		return p.Targets[0] + "/123"
	}
	if p.Kind != spec.Composite {
		return kinds[p.Kind].example
	}
	parts := make([]string, len(p.Components))
	for i, part := range p.Components {
		parts[i] = rightValue(part.Param)
	}
	return strings.Join(parts, "$")
}

// quoted is what a client sent, quoted and cut, for a message.
func quoted(s string) string { return strconv.Quote(fhir.Clip(s)) }

// list is up to eight names, for a message.
func list(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + " and others"
	}
	return strings.Join(names, ", ")
}

// near suggests up to three parameters whose names are like the one given.
func near(t *spec.Type, code string) string {
	var found []string
	if len(code) > 2 && len(code) < 50 {
		low := strings.ToLower(code)
		for _, c := range t.Codes {
			if t.Params[c].Unsupported == "" && (strings.HasPrefix(c, low) || fhir.Distance(strings.ToLower(c), low) <= 1+len(low)/5) {
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b string) int { return fhir.Distance(a, code) - fhir.Distance(b, code) })
	switch {
	case len(found) == 0:
		return "; it has " + list(offered(t))
	default:
		return "; did you mean " + strings.Join(found[:min(3, len(found))], ", ") + "?"
	}
}

// offered are the type's own parameters.
func offered(t *spec.Type) []string {
	return slices.DeleteFunc(slices.Clone(t.Codes), func(c string) bool { return c[0] == '_' || t.Params[c].Unsupported != "" })
}
