package search

import (
	"errors"
	"strings"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"

	"frontdesk/fhir/spec"
)

var uriOps = map[string]URIOp{"": SameURI, "below": BelowURI, "above": AboveURI}

func parseURI(_ *parser, _ *spec.Param, modifier, value string) (Criterion, error) {
	parts, err := fields(value, '|', 1, 2)
	if err != nil {
		return nil, err
	}
	c := URIIs{URL: parts[0], Op: uriOps[modifier]}
	if len(parts) == 2 {
		if c.Version = parts[1]; c.Version == "" || c.URL == "" || c.Op != SameURI {
			return nil, errors.New("a canonical is url|version, with both, and only without a modifier")
		}
	}
	return c, nil
}

func takeURI(_ *extractor, m proto.Message, yield func(Value)) {
	v, ok := m.(interface{ GetValue() string })
	if !ok || v.GetValue() == "" {
		return
	}
	u := URL{Value: v.GetValue()}
	if _, ok := m.(*dt.Canonical); ok {
		u.Value, u.Version, _ = strings.Cut(u.Value, "|")
	}
	yield(u)
}

func (c URIIs) meets(v Value) bool {
	u, ok := v.(URL)
	if !ok {
		return false
	}
	switch c.Op {
	case BelowURI:
		return strings.HasPrefix(u.Value, c.URL)
	case AboveURI:
		return strings.HasPrefix(c.URL, u.Value)
	default:
		return u.Value == c.URL && (c.Version == "" || c.Version == u.Version)
	}
}

// String is the compact form: the URI, behind "below " or "above " if it is that.
func (c URIIs) String() string {
	s := [...]string{"", "below ", "above "}[c.Op] + c.URL
	if c.Version != "" {
		s += "|" + c.Version
	}
	return s
}
