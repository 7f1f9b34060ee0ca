package access

import (
	"regexp"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Context is whose rights a scope draws on (SMART App Launch 2.2, scopes).
type Context uint8

// The contexts. Zero is not a Context.
const (
	PatientContext Context = iota + 1 // the record of the one patient that the app was launched for
	UserContext                       // whatever the person who signed in may see
	SystemContext                     // whatever the practice lets a backend service see
)

// contexts are their names in a scope.
var contexts = [...]string{"", "patient", "user", "system"}

// scope is one clinical scope: patient/Observation.rs?category=laboratory.
type scope struct {
	context Context
	types   string // a resource type, or "*" for all
	can     Interaction
	query   string // the granular part as it was sent, without "?"; "" for none
	text    string // the scope as it was sent: what was asked for in version 1 is echoed in version 1
	old     bool   // it was written in version 1
	// where is the query compiled, by type; nil for none.
	where map[string]expr.Expr
}

// letters are SMART's, in the order in which they must stand.
var letters = []struct {
	letter byte
	is     Interaction
}{{'c', C}, {'r', R}, {'u', U}, {'d', D}, {'s', S}}

// version1 are the permissions of SMART App Launch 1, and what they are in letters (SMART 2.2, "Scopes for v1").
var version1 = map[string]Interaction{"read": R | S, "write": C | U | D, "*": all}

// clinical takes a scope apart; what it names is checked after it.
var clinical = regexp.MustCompile(`^(patient|user|system)/(\*|[A-Z][A-Za-z]*)\.([a-z]+|\*)(\?(.*))?$`)

// String is the letters of an interaction, in SMART's order.
func (i Interaction) String() string {
	var b []byte
	for _, l := range letters {
		if i&l.is != 0 {
			b = append(b, l.letter)
		}
	}
	return string(b)
}

// version1 is an interaction as a permission of version 1, "" if it is none.
func (i Interaction) version1() string {
	for permission, can := range version1 {
		if can == i {
			return permission
		}
	}
	return ""
}

// parseScope reads one clinical scope. The error is a sentence without its subject, which is the scope.
func parseScope(r *spec.Registry, text string, o search.Options) (scope, string) {
	m := clinical.FindStringSubmatch(text)
	if m == nil {
		return scope{}, "is no scope of SMART on FHIR; write it as patient/Observation.rs"
	}
	s := scope{context: Context(slices.Index(contexts[:], m[1])), types: m[2], query: m[5], text: text}
	if s.can, s.old = version1[m[3]]; !s.old {
		s.can = permissions(m[3])
	}
	switch {
	case s.can == 0:
		return s, "has no such permission as ." + m[3] + "; it is one or more of c, r, u, d and s, in that order and once each"
	case s.old && m[4] != "":
		return s, "has a query, which only the permissions c, r, u, d and s may have"
	case m[4] != "" && s.query == "":
		return s, "ends with a question mark; write a search parameter behind it, or leave it out"
	}
	types := []string{s.types}
	if s.types == "*" {
		types = r.Names()
	} else if _, ok := r.Type(s.types); !ok {
		return s, "names a resource type that isn't in R4"
	}
	if s.query == "" {
		return s, ""
	}
	s.where = map[string]expr.Expr{}
	for _, t := range types {
		e, fault := granular(r, t, s.query, o)
		if fault != "" {
			return s, fault
		}
		s.where[t] = e
	}
	return s, ""
}

// permissions are letters in SMART's order, each once; 0 if they aren't.
func permissions(text string) Interaction {
	var can Interaction
	for _, l := range letters {
		if strings.HasPrefix(text, string(l.letter)) {
			can, text = can|l.is, text[1:]
		}
	}
	if text != "" {
		return 0
	}
	return can
}

// granular compiles a scope's query. It may ask only what a resource itself answers: through a chain another resource,
// which the grant needn't reach, would decide what is seen.
func granular(r *spec.Registry, typ, query string, o search.Options) (expr.Expr, string) {
	s, err := search.ParseCriteria(r, typ, "?"+query, o)
	if err != nil {
		return nil, "has a query that can't be used: " + reasons(err)
	}
	if !plain(s.From[0].Where) {
		return nil, "has a query that looks at other resources; only the type's own search parameters can be used"
	}
	return s.From[0].Where, ""
}

// reasons are an error's texts, as part of a sentence.
func reasons(err error) string {
	e, ok := err.(*fhir.Error)
	if !ok {
		return "it can't be read"
	}
	var texts []string
	for _, is := range e.Issues {
		texts = append(texts, strings.TrimSuffix(is.Text, "."))
	}
	return strings.Join(texts, "; ")
}

// plain says that a condition is about the resource alone.
func plain(e expr.Expr) bool {
	for leaf := range expr.Leaves(e) {
		switch leaf.(type) {
		case expr.Test, expr.Missing, expr.IDs:
			continue
		case expr.And, expr.Or, expr.Not, expr.Chain, expr.Only, expr.Reverse, expr.Compartment,
			expr.Confined, expr.Visible, expr.Marked:
		}
		return false
	}
	return true
}

// meet is what two scopes both grant; ok is false for nothing.
func (s scope) meet(o scope) (both scope, ok bool) {
	both = scope{context: s.context, types: s.types, can: s.can & o.can, query: s.query, where: s.where, old: s.old}
	switch {
	case s.context != o.context || both.can == 0 || s.types != o.types && s.types != "*" && o.types != "*":
		return scope{}, false
	case s.types == "*":
		both.types = o.types
	}
	if o.query != "" && o.query != s.query {
		both.query = strings.Trim(s.query+"&"+o.query, "&")
		both.where = conjoined(s.where, o.where, both.types)
	}
	both.text = both.written()
	if both.can == s.can && both.types == s.types && both.query == s.query {
		both.text = s.text
	}
	return both, true
}

// conjoined are two compiled queries as one.
func conjoined(a, b map[string]expr.Expr, types string) map[string]expr.Expr {
	out := map[string]expr.Expr{}
	for t, e := range b {
		if other := a[t]; other != nil {
			e = expr.And{other, e}
		} else if a != nil {
			continue
		}
		if types == "*" || types == t {
			out[t] = e
		}
	}
	return out
}

// written is the scope in the version in which it was asked for, if that can say it (S3): version 1 has no queries and
// only three permissions.
func (s scope) written() string {
	if permission := s.can.version1(); s.old && s.query == "" && permission != "" {
		return contexts[s.context] + "/" + s.types + "." + permission
	}
	text := contexts[s.context] + "/" + s.types + "." + s.can.String()
	if s.query != "" {
		text += "?" + s.query
	}
	return text
}

// covers says that a scope grants all that another does.
func (s scope) covers(o scope) bool {
	return s.context == o.context && (s.types == "*" || s.types == o.types) && s.can&o.can == o.can && (s.query == "" || s.query == o.query)
}
