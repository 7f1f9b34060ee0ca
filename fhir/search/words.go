package search

import (
	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

func parseWords(_ *parser, _ *spec.Param, _, value string) (Criterion, error) {
	text, err := unescape(value)
	if err != nil {
		return nil, err
	}
	q, err := prose.ParseQuery(text)
	return WordsIs{q}, err
}

// takeWords takes the narrative's words, or if it is given a whole resource, all of its.
func takeWords(_ *extractor, m proto.Message, yield func(Value)) {
	var words string
	if n, ok := m.(*dt.Narrative); ok {
		words = prose.Narrative(n)
	} else {
		words = prose.Content(m.ProtoReflect())
	}
	if words != "" {
		yield(Prose{words})
	}
}

func (c WordsIs) meets(v Value) bool {
	p, ok := v.(Prose)
	return ok && c.Matches(p.Words)
}
