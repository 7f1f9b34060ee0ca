package store

import (
	"cmp"
	"errors"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// linker maps what the entries call one another to what they will be, after it made sure that no two are the same.
func (s *Session) linker(plans []*plan) (*linker, error) {
	l := &linker{Session: s, to: map[string]*plan{}, conditions: map[string]string{}, plans: plans, docs: map[*plan]*search.Doc{}}
	urls, keys := map[string]*plan{}, map[fhir.Key]*plan{}
	for _, p := range plans {
		if p.Action == Read {
			continue
		}
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
			l.to[p.FullURL] = p
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
	return fhir.Under(p.At, expression)
}

// placed is an error of one change that says where in the request it stands.
func placed(at string, err error) error {
	var e *fhir.Error
	if at == "" || !errors.As(err, &e) {
		return err
	}
	return e.InEntry(at)
}
