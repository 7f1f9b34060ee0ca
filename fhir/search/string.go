package search

import (
	"errors"
	"strconv"
	"strings"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

var stringOps = map[string]StringOp{"": StartsWith, "exact": Exact, "contains": Contains}

func parseString(_ *parser, _ *spec.Param, modifier, value string) (Criterion, error) {
	text, err := unescape(value)
	if err != nil {
		return nil, err
	}
	op := stringOps[modifier]
	if op == Exact {
		return StringIs{Text: text, Op: op}, nil
	}
	if text = prose.Fold(text); text == "" {
		return nil, errors.New("there is nothing to look for: punctuation and spaces alone don't count")
	}
	return StringIs{Text: text, Op: op}, nil
}

// takeString gives every part of a name or an address as a value of its own, and its text: R4 search 3.1.1.4.8 has
// the search cover all their elements of type string.
func takeString(_ *extractor, m proto.Message, yield func(Value)) {
	give := func(ss ...*dt.String) {
		for _, s := range ss {
			text(yield, s.GetValue())
		}
	}
	switch v := m.(type) {
	case *dt.String:
		give(v)
	case *dt.HumanName:
		give(v.GetText(), v.GetFamily())
		give(v.GetGiven()...)
		give(v.GetPrefix()...)
		give(v.GetSuffix()...)
	case *dt.Address:
		give(v.GetText())
		give(v.GetLine()...)
		give(v.GetCity(), v.GetDistrict(), v.GetState(), v.GetPostalCode(), v.GetCountry())
	case interface{ GetValue() string }: // markdown, code, id and the like
		text(yield, v.GetValue())
	}
}

func text(yield func(Value), raw string) {
	if raw != "" {
		yield(Text{Folded: prose.Fold(raw), Raw: raw})
	}
}

func (c StringIs) meets(v Value) bool {
	var folded, raw string
	switch v := v.(type) {
	case Text:
		folded, raw = v.Folded, v.Raw
	case Token:
		folded = v.Text
	case Ref:
		folded = v.Text
	}
	switch c.Op {
	case Exact:
		return raw == c.Text
	case Contains:
		return strings.Contains(folded, c.Text)
	case Same:
		return folded == c.Text
	case EndsWith:
		return strings.HasSuffix(folded, c.Text)
	default:
		return strings.HasPrefix(folded, c.Text)
	}
}

// String is the compact form: ^"text" for a beginning, ="text" if exact, ~"text" for a part, =~"text" if just folded,
// $"text" for an end.
func (c StringIs) String() string {
	return [...]string{"^", "=", "~", "=~", "$"}[c.Op] + strconv.Quote(c.Text)
}
