package codec

import "frontdesk/fhir"

const (
	linkReference = fhir.LinkReference
	linkURI       = fhir.LinkURI
	linkNarrative = fhir.LinkNarrative
)

// link is a fhir.Link whose places are still those of the whole document.
type link struct {
	kind     fhir.LinkKind
	span     fhir.Span
	from, to int // its expression, in linkText
}

// link notes the string that was just read, which began at the given place of out.
// References within the resource (#x) are no links: nothing outside can move them.
func (d *decoder) link(kind fhir.LinkKind, at int) {
	from := len(d.linkText)
	d.linkText = append(append(d.linkText, d.baseName...), d.expr[d.base:]...)
	d.links = append(d.links, link{kind, fhir.Span{Start: at, End: len(d.out)}, from, len(d.linkText)})
}

// linksOf gives the links from the nth up to the mth, with places relative to the given one.
func (d *decoder) linksOf(n, m, origin int) []fhir.Link {
	if n == m {
		return nil
	}
	first := d.links[n].from
	text := string(d.linkText[first:d.links[m-1].to])
	out := make([]fhir.Link, 0, m-n)
	for _, l := range d.links[n:m] {
		out = append(out, fhir.Link{Kind: l.kind, Expression: text[l.from-first : l.to-first],
			Span: fhir.Span{Start: l.span.Start - origin, End: l.span.End - origin}})
	}
	return out
}
