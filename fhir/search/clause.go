package search

import (
	"errors"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// common are the parameters that every type has.
var common = []string{"_content", "_filter", "_id", "_lastUpdated", "_list", "_profile", "_security", "_source", "_tag"}

// known says whether a criterion's own parameter is there and offered; what stands behind a chain or modifier is
// another matter.
func (c *parser) known(p param) error {
	if strings.HasPrefix(p.name, "_has:") {
		if len(c.types) > 1 {
			return bad(quoted(p.name), "_has:Observation:patient:code=1234-5 at [base]/Patient",
				"_has is asked of one type; search it on its own, or name it alone in _type")
		}
		return nil
	}
	head, _, _ := strings.Cut(p.name, ".")
	code, _, _ := strings.Cut(head, ":")
	if len(c.types) > 1 {
		return c.shared(p.name, code)
	}
	found, err := c.lookup(c.types[0], code)
	if err != nil {
		return err
	}
	return c.usable(found)
}

// shared says whether each of several types has a parameter, of one kind (R4 search 3.1.1.4.24: only parameters shared
// across the entire set of types may be used).
func (c *parser) shared(name, code string) error {
	first := c.types[0].Params[code]
	for _, t := range c.types {
		own := t.Params[code]
		if own == nil || own.Kind != first.Kind {
			return bad(quoted(name), right(spec.ID, "_id"),
				"over several types only parameters that all of them have can be asked for, and %s has it not or not of the same kind. All types have %s; name fewer in _type to ask for more",
				t.Name, strings.Join(common, ", "))
		}
		if err := c.usable(own); err != nil {
			return err
		}
	}
	return nil
}

// lookup finds a parameter by its code.
func (c *parser) lookup(t *spec.Type, code string) (*spec.Param, error) {
	p := t.Params[code]
	if p == nil {
		return nil, unknown(t, code, code)
	}
	return p, nil
}

// usable says whether a parameter is offered now: supported, and all that it is answered by indexed.
func (c *parser) usable(p *spec.Param) error {
	switch {
	case p.Unsupported != "":
		return unsupported(p.Name(), "%s", p.Unsupported)
	case p.Kind == spec.Special && specials[p.Code] != nil:
		return nil
	case kinds[p.Kind].parse == nil:
		return unsupported(p.Name(), "parameters of the type %s can't be searched by yet", p.Kind)
	case p == spec.ID || p == spec.LastUpdated:
		return nil
	}
	for _, b := range p.Answers() {
		if err := c.ready(b.Param); err != nil {
			return err
		}
	}
	return nil
}

func (c *parser) ready(p *spec.Param) error {
	if p.Unsupported != "" || c.o.Ready != nil && !c.o.Ready(p) {
		return unsupported(p.Name(), "%s", orElse(p.Unsupported, c.building(p)))
	}
	return nil
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// count notes one more parameter, value or link of a chain.
func (c *parser) count(name string) error {
	c.clauses++
	c.work++
	if c.clauses > c.o.MaxClauses || c.work > maxWork {
		return fhir.Errorf(fhir.TooCostly, "", "%s: the query has more than %d parameters, values and links of chains. "+
			"Ask in several queries, and name the type a chain goes to, as subject:Patient.name.", quoted(name), c.o.MaxClauses)
	}
	return nil
}

// clause compiles "code[:modifier]", "code[:Type].rest" or "_has:Type:code:rest" for type t. name is the part of the
// whole parameter's name that is for t.
func (c *parser) clause(t *spec.Type, name string, whole param) (Expr, error) {
	if err := c.count(whole.name); err != nil {
		return nil, err
	}
	if rest, ok := strings.CutPrefix(name, "_has:"); ok {
		return c.has(t, rest, whole)
	}
	head, rest, chained := strings.Cut(name, ".")
	code, modifier, modified := strings.Cut(head, ":")
	p, err := c.lookup(t, code)
	if err != nil {
		return nil, err
	}
	if err := c.usable(p); err != nil {
		return nil, err
	}
	switch {
	case modified && modifier == "":
		return nil, bad(quoted(whole.name), right(p, code), "there is nothing behind the colon")
	case chained && rest == "":
		return nil, bad(quoted(whole.name), p.Code+".identifier=http://example.org/id|1", "there is nothing behind the dot")
	case chained:
		return c.chain(p, modifier, whole, func(to *spec.Type) (Expr, error) { return c.clause(to, rest, whole) })
	}
	return c.test(p, modifier, whole)
}

// test compiles one parameter with its alternatives.
func (c *parser) test(p *spec.Param, modifier string, whole param) (Expr, error) {
	if whole.value == "" {
		return nil, bad(quoted(whole.name), right(p, whole.name), "it has no value")
	}
	if special := specials[p.Code]; p.Kind == spec.Special {
		if modifier != "" {
			return nil, bad(quoted(whole.name), right(p, p.Code), "%s has no modifiers", p.Code)
		}
		t, err := c.typ(p.Type)
		if err != nil {
			return nil, err
		}
		return special(c, t, whole)
	}
	if modifier == "missing" {
		return missing(p, whole)
	}
	if p == spec.ID {
		return ids(modifier, whole)
	}
	if err := modifies(p, modifier, whole); err != nil {
		return nil, err
	}
	parse, any := kinds[p.Kind].parse, Or{}
	for _, value := range split(whole.value, ',') {
		if err := c.count(whole.name); err != nil {
			return nil, err
		}
		is, err := Criterion(nil), errors.New("one of the values between the commas is empty")
		if value != "" {
			is, err = parse(c, p, modifier, value)
		}
		if err != nil {
			e := bad(quoted(whole.name), right(p, whole.name), "%v", err)
			if errors.Is(err, errNHSNumber) {
				e.Issues[0].Coding = "INVALID_NHS_NUMBER"
			}
			return nil, e
		}
		for _, b := range p.Answers() {
			if on, ok := narrowed(is, b.Target); ok {
				any = append(any, c.versioned(Test{Param: b.Param, Is: on}))
			}
		}
	}
	if modifier == "not" {
		return expr.NotOf(expr.AnyOf(any...)), nil
	}
	return expr.AnyOf(any...), nil
}

// versioned has url|version ask for both elements of a resource that is named so: its url has no version in it (R4
// references 2.3.0.3).
func (c *parser) versioned(test Test) Expr {
	is, uri := test.Is.(URIIs)
	if !uri || is.Version == "" || test.Param.Code != "url" {
		return test
	}
	t, err := c.typ(test.Param.Type)
	if err != nil || t.Params["version"] == nil || t.Params["version"].Kind != spec.Token {
		return test
	}
	version := TokenIs{Code: strings.ToLower(is.Version), AnySystem: true}
	is.Version = ""
	return And{Test{Param: test.Param, Is: is}, Test{Param: t.Params["version"], Is: version}}
}

// modifies says whether the parameter has the modifier (R4 search 3.1.1.4.4).
func modifies(p *spec.Param, modifier string, whole param) error {
	k, offered := kinds[p.Kind], Modifiers(p)
	hierarchy := p.Kind == spec.Token || p.Kind == spec.Reference
	switch {
	case modifier == "":
		return nil
	case slices.Contains(offered, modifier):
		return nil
	case slices.Contains(k.modifiers, modifier) && modifier == "text":
		return unsupported(whole.name, "the text of a reference doesn't tell its type; ask by %s:text", p.Answers()[0].Param.Code)
	case hierarchy && slices.Contains([]string{"in", "not-in", "above", "below"}, modifier):
		return unsupported(whole.name, "the modifier :%s needs a terminology server; name the codes, with commas between them", modifier)
	case p.Kind == spec.Reference && slices.Contains(p.Targets, modifier):
		return nil
	case p.Kind == spec.Reference:
		return wrongTarget(p, whole)
	}
	return bad(quoted(whole.name), right(p, p.Code), "%s, a %s parameter, has only the modifiers :%s",
		p.Code, p.Kind, strings.Join(offered, ", :"))
}

// wrongTarget is the error for "p:Foo".
func wrongTarget(p *spec.Param, whole param) error {
	target, _, _ := strings.Cut(rightValue(p), "/")
	return bad(quoted(whole.name), p.Code+":"+target+"=123", "%s refers to %s; besides these it has the modifiers :missing, :%s",
		p.Code, list(p.Targets), strings.Join(kinds[spec.Reference].modifiers, ", :"))
}

// narrowed is a criterion that only references to target meet; ok is false if none can.
func narrowed(is Criterion, target string) (Criterion, bool) {
	r, ok := is.(RefIs)
	if !ok || target == "" {
		return is, true
	}
	if r.Type == "" {
		r.Type = target
	}
	return r, r.Type == target
}

// ids compiles _id, whose only modifier besides :missing is :not.
func ids(modifier string, whole param) (Expr, error) {
	example := right(spec.ID, "_id")
	if modifier != "" && modifier != "not" {
		return nil, bad(quoted(whole.name), example, "_id has only the modifiers :missing and :not")
	}
	list := IDs(split(whole.value, ','))
	for _, id := range list {
		if !fhir.ValidID(id) {
			return nil, bad(quoted(whole.name), example, "an id has 1 to 64 letters, digits, - and .")
		}
	}
	if modifier == "not" {
		return expr.NotOf(list), nil
	}
	return list, nil
}

// missing compiles :missing. What is answered by another's index is missing if that has nothing of the type.
func missing(p *spec.Param, whole param) (Expr, error) {
	if whole.value != "true" && whole.value != "false" {
		return nil, bad(quoted(whole.name), whole.name+"=true", ":missing is true or false")
	}
	none := And{}
	for _, b := range p.Answers() {
		switch {
		case p == spec.ID || p == spec.LastUpdated:
			none = append(none, Or{})
		case b.Target != "":
			none = append(none, Not{Expr: Test{Param: b.Param, Is: RefIs{Type: b.Target}}})
		default:
			none = append(none, Missing{Param: b.Param})
		}
	}
	if whole.value == "false" {
		return expr.NotOf(expr.AllOf(none...)), nil
	}
	return expr.AllOf(none...), nil
}
