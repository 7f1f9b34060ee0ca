package store

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"frontdesk/fhir"
)

// linker maps what the entries call one another to what they will be, after it made sure that no two are the same.
func (s *Session) linker(plans []*plan) (*linker, error) {
	l := &linker{Session: s, to: map[string]string{}, conditions: map[string]string{}, plans: plans}
	urls, keys := map[string]*plan{}, map[fhir.Key]*plan{}
	for _, p := range plans {
		if p.FullURL != "" {
			if other := urls[p.FullURL]; other != nil {
				return nil, clash(other, p, "have the same fullUrl. Give each entry its own (R4 bdl-7)")
			}
			urls[p.FullURL] = p
		}
		key := p.key.Current()
		if p.found != nil {
			key = p.found.Key.Current()
		}
		if key.ID == "" {
			continue // a conditional delete of nothing
		}
		if other := keys[key]; other != nil && (p.found == nil && other.found == nil || p.Action == Delete || other.Action == Delete) {
			return nil, clash(other, p, "act on the same resource. Send them in two requests, or make one entry of them")
		}
		if keys[key] == nil || p.found == nil {
			keys[key] = p
		}
		if p.FullURL != "" && p.Action != Delete {
			l.to[p.FullURL] = key.String()
		}
	}
	return l, nil
}

func clash(a, b *plan, text string) error {
	return fhir.Errorf(fhir.Invalid, b.At, "%s and %s %s.", cmp.Or(a.At, a.key.String()), cmp.Or(b.At, b.key.String()), text)
}

// resourceAt is where the resource of a change stands.
func resourceAt(at string) string {
	if at == "" {
		return ""
	}
	return at + ".resource"
}

// Where is an element of the pending resource as the client sees it: in "Bundle.entry[3].resource", "Patient.name" is
// "Bundle.entry[3].resource.name".
func (p *Pending) Where(expression string) string {
	if p.At == "" {
		return expression
	}
	_, rest, nested := strings.Cut(expression, ".")
	if !nested {
		return p.At
	}
	return p.At + "." + rest
}

// placed is an error of one change whose expressions say where in the request it stands.
func placed(at string, err error) error {
	var e *fhir.Error
	if at == "" || !errors.As(err, &e) {
		return err
	}
	c := *e
	c.Issues = slices.Clone(e.Issues)
	for i, is := range c.Issues {
		p := Pending{At: resourceAt(at)}
		if c.Issues[i].Expression = p.Where(is.Expression); is.Expression == "" {
			c.Issues[i].Expression = at
		}
	}
	return &c
}
