package main

import (
	"errors"
	"fmt"
	"strings"

	"frontdesk/fhir"
)

// plainIssues is how many issues of one error are told; the rest can wait until these are mended.
const plainIssues = 5

// plain is an error as a person at a terminal wants it: what is wrong and where. The cause is told only if it is all
// that tells what happened.
func plain(err error) string {
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind == fhir.Internal || e.Kind == fhir.Unavailable && len(e.Issues) == 0 {
		return err.Error()
	}
	var out []string
	for _, is := range e.Issues[:min(len(e.Issues), plainIssues)] {
		text := is.Text
		if is.Expression != "" && !strings.HasPrefix(text, is.Expression) {
			text = is.Expression + ": " + text
		}
		out = append(out, text)
	}
	if more := len(e.Issues) - plainIssues; more > 0 {
		out = append(out, fmt.Sprintf("(and %d more)", more))
	}
	return strings.Join(out, " ")
}
