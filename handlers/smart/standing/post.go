package standing

import (
	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// post is a resource type that puts a person in a position.
type post struct {
	typ, leads, of string // the type; its parameter that refers to what the person stands for; that one's type
	period         string // FHIRPath of the time in which it counts
	// compiled:
	to, active, during *spec.Param
	relationship       *spec.Param // nil where there is none
}

// posts are the two there are.
var posts = []post{
	{typ: "RelatedPerson", leads: "patient", of: "Patient", period: "RelatedPerson.period"},
	{typ: "PractitionerRole", leads: "organization", of: "Organization", period: "PractitionerRole.period"},
}

// tenure is what a version of a post says.
type tenure struct {
	of          []string // ids
	parent      bool     // a RelatedPerson is a parent, or of no known relationship
	from, until int64    // when it counts, in microseconds since 1970 UTC: [from, until). Equal: never
}

// always is what says nothing of when it counts.
var always = tenure{from: search.MinTime, until: search.MaxTime}

// compiled is the post with its parameters. R4 has none for a RelatedPerson's period, so one is made that searches
// nothing.
func (p post) compiled(r *spec.Registry) (*post, error) {
	during, err := r.Apart(p.typ, p.period)
	if err != nil {
		return nil, err
	}
	t, _ := r.Type(p.typ)
	p.to, p.active, p.during = t.Params[p.leads], t.Params["active"], during
	p.relationship = t.Params["relationship"]
	return &p, nil
}

// tenure reads a version. Without active it is taken for active (R4, meaningWhenMissing of RelatedPerson.active and
// PractitionerRole.active), without period for unlimited.
func (p *post) tenure(st *fhir.Stored, x search.Indexer) (tenure, error) {
	res, err := codec.Decode(st.JSON, codec.Unlimited())
	if err != nil {
		return tenure{}, fhir.Fault("reading "+st.Key.String(), err)
	}
	out := always
	for _, v := range x.Values(p.active, res.Message) {
		if token, ok := v.(search.Token); ok && token.Code == "false" {
			return tenure{}, nil
		}
	}
	for _, v := range x.Values(p.during, res.Message) {
		if span, ok := v.(search.DateRange); ok {
			out.from, out.until = span.Lo, span.Hi
		}
	}
	if p.relationship != nil {
		out.parent = parental(x.Values(p.relationship, res.Message))
	}
	for _, b := range p.to.Answers() {
		for _, v := range x.Values(b.Param, res.Message) {
			if ref, ok := v.(search.Ref); ok && ref.Type == p.of && ref.ID != "" {
				out.of = append(out.of, ref.ID)
			}
		}
	}
	return out, nil
}
