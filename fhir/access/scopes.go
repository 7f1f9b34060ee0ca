package access

import (
	"fmt"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Scopes are what an app asks for or was granted: clinical scopes, of which each adds to the others, and the words
// beside them. They never change once parsed.
type Scopes struct {
	clinical []scope
	words    []string
	texts    []string // all of them, in the order given
}

// SaferScope is the scope by which a system may know of patients' reduced views (P9) and set them: whoever reads
// Patients needn't know who is at risk.
const SaferScope = "safer-view"

// words are the scopes that grant nothing in the record (SMART App Launch 2.2, launch context and identity).
var words = []string{"openid", "fhirUser", "profile", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access", SaferScope}

// Words are the scopes besides clinical ones that mean something here.
func Words() []string { return slices.Clone(words) }

// ParseScopes reads a space-separated list (RFC 6749 3.3). What doesn't parse grants nothing: the error is fhir.Invalid
// and says of each what is wrong; the Scopes are those that did parse. o is as for search.ParseCriteria, by which
// granular queries are read.
func ParseScopes(r *spec.Registry, text string, o search.Options) (Scopes, error) {
	var s Scopes
	var faults []fhir.Issue
	for one := range strings.FieldsSeq(text) {
		if slices.Contains(s.texts, one) {
			continue
		}
		if slices.Contains(words, one) {
			s.words, s.texts = append(s.words, one), append(s.texts, one)
			continue
		}
		parsed, fault := parseScope(r, one, o)
		if fault != "" {
			faults = append(faults, fhir.Issue{Text: fmt.Sprintf("The scope %.200q %s.", one, fault)})
			continue
		}
		s.clinical, s.texts = append(s.clinical, parsed), append(s.texts, one)
	}
	if faults != nil {
		return s, &fhir.Error{Kind: fhir.Invalid, Issues: faults}
	}
	return s, nil
}

// String is the scopes as they were given.
func (s Scopes) String() string { return strings.Join(s.texts, " ") }

// Has says whether a word is among them, as "openid".
func (s Scopes) Has(word string) bool { return slices.Contains(s.words, word) }

// In says whether there is a clinical scope of a context.
func (s Scopes) In(c Context) bool {
	return slices.ContainsFunc(s.clinical, func(o scope) bool { return o.context == c })
}

// Version1 is all in the words of SMART App Launch 1, without the queries that it doesn't have: so it may say more than
// is granted, and is for an app that knows no others. ok is false if a clinical scope can't be said so.
func (s Scopes) Version1() (auditedSections Scopes, ok bool) {
	auditedSections = Scopes{words: s.words, texts: slices.Clone(s.words)}
	for _, o := range s.clinical {
		o.old, o.query, o.where = true, "", nil
		if o.can.version1() == "" {
			return s, false
		}
		if o.text = o.written(); !slices.Contains(auditedSections.texts, o.text) {
			auditedSections.clinical, auditedSections.texts = append(auditedSections.clinical, o), append(auditedSections.texts, o.text)
		}
	}
	return auditedSections, true
}

// IsVersion1 says that the clinical scopes are all in version 1, and that there are any.
func (s Scopes) IsVersion1() bool {
	return len(s.clinical) > 0 && !slices.ContainsFunc(s.clinical, func(o scope) bool { return !o.old })
}

// Within is what both grant: these narrowed to those that are allowed. A scope that is allowed whole keeps its text; of
// one that is allowed in part there are its parts, in the version that was asked for as far as that can say them.
func (s Scopes) Within(allowed Scopes) Scopes {
	var out Scopes
	for _, w := range s.words {
		if allowed.Has(w) {
			out.words, out.texts = append(out.words, w), append(out.texts, w)
		}
	}
	for _, want := range s.clinical {
		for _, part := range want.parts(allowed.clinical) {
			if !slices.ContainsFunc(out.clinical, func(o scope) bool { return o.covers(part) }) {
				out.clinical, out.texts = append(out.clinical, part), append(out.texts, part.text)
			}
		}
	}
	return out
}

// parts are what of a scope is allowed: itself, if one of those allowed covers it.
func (s scope) parts(allowed []scope) []scope {
	if slices.ContainsFunc(allowed, func(a scope) bool { return a.covers(s) }) {
		return []scope{s}
	}
	var parts []scope
	for _, a := range allowed {
		if both, ok := s.meet(a); ok && !slices.ContainsFunc(parts, func(p scope) bool { return p.covers(both) }) {
			parts = append(parts, both)
		}
	}
	return parts
}

// Without is all but the scopes of a context, as those of a patient where none was chosen.
func (s Scopes) Without(c Context) Scopes {
	out := Scopes{words: s.words}
	out.texts = append(out.texts, s.words...)
	for _, o := range s.clinical {
		if o.context != c {
			out.clinical, out.texts = append(out.clinical, o), append(out.texts, o.text)
		}
	}
	return out
}

// Drop is all but one word, as "offline_access" where it wasn't allowed.
func (s Scopes) Drop(word string) Scopes {
	is := func(w string) bool { return w == word }
	return Scopes{clinical: s.clinical,
		words: slices.DeleteFunc(slices.Clone(s.words), is), texts: slices.DeleteFunc(slices.Clone(s.texts), is)}
}
