package fhir

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxJoined is how many issues Join lists: who has more than that needs another program, not a longer list.
const maxJoined = 1000

// AsError is any error as an *Error: one that isn't ours is a Fault. It is nil for nil.
func AsError(err error) *Error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return e
	}
	return Fault("handling the request", err)
}

// At is the error as one of what stands at path, as "Bundle.entry[3].resource": an expression that begins with a type,
// as "Patient.name", goes under path, in the type's place. Any other, as the name of a parameter, or none, becomes path
// itself.
func (e *Error) At(path string) *Error {
	return e.moved(func(is Issue) string { return Under(path, is.Expression) })
}

// Under is where an expression stands, moved as At moves it.
func Under(path, expression string) string {
	rest, _ := element(expression)
	return path + rest
}

// InEntry is the error of a request as that of the entry of a Bundle that made it, as "Bundle.entry[3]" (R4 bundle,
// Bundle.entry.request): an element goes under entry.resource, a header to entry.request.ifMatch and the like, a
// parameter to entry.request.url, and what is about none of these to the entry.
func (e *Error) InEntry(entry string) *Error {
	return e.moved(func(is Issue) string {
		rest, ok := element(is.Expression)
		switch {
		case is.Part != "":
			name := strings.ReplaceAll(is.Part, "-", "")
			return entry + ".request." + strings.ToLower(name[:1]) + name[1:]
		case is.Expression == "":
			return entry
		case ok:
			return entry + ".resource" + rest
		}
		return entry + ".request.url"
	})
}

// InPart is the error as one of a part of the request that is no element: a header, as "If-Match", or "Url".
func (e *Error) InPart(name string) *Error {
	c := e.moved(func(is Issue) string { return is.Expression })
	for i := range c.Issues {
		c.Issues[i].Part = name
	}
	return c
}

// moved is a copy whose expressions are what where says.
func (e *Error) moved(where func(Issue) string) *Error {
	c := *e
	c.Issues = slices.Clone(e.Issues)
	for i := range c.Issues {
		c.Issues[i].Expression, c.Issues[i].Part = where(c.Issues[i]), ""
	}
	return &c
}

// element is what an expression says behind its type, as ".name[0]" of "Patient.name[0]"; false if it begins with none.
func element(expression string) (rest string, ok bool) {
	if expression == "" || expression[0] < 'A' || expression[0] > 'Z' {
		return "", false
	}
	if i := strings.IndexAny(expression, ".["); i > 0 {
		return expression[i:], true
	}
	return "", true
}

// Join is all of several errors as one, nil if there is none: whoever sent something is told everything that is wrong
// with it at once. Errors of different kinds together make it Invalid, but Internal stays Internal.
func Join(errs ...error) error {
	var all *Error
	for _, err := range errs {
		e := AsError(err)
		switch {
		case e == nil: // a nil *Error too
			continue
		case all == nil:
			c := *e
			c.Issues = slices.Clone(e.Issues)
			all = &c
			continue
		case e.Kind == Internal || all.Kind == Internal:
			all.Kind, all.Err = Internal, errors.Join(all.Err, e.Err)
		case e.Kind != all.Kind:
			all.Kind = Invalid
		}
		all.Issues = append(all.Issues, e.Issues...)
	}
	if all == nil {
		return nil
	}
	if more := len(all.Issues) - maxJoined; more > 0 {
		all.Issues = append(all.Issues[:maxJoined], Issue{Code: "incomplete",
			Text: fmt.Sprintf("There are %d more faults. Correct these first.", more)})
	}
	return all
}
