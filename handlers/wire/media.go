package wire

import (
	"mime"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir"
)

// The media types Frontdesk speaks (R4 http 3.1.0.1.9).
const (
	FHIRJSON  = "application/fhir+json"
	PlainJSON = "application/json"
	FHIRXML   = "application/fhir+xml"
	PlainXML  = "application/xml"
	JSONPatch = "application/json-patch+json"
	XMLPatch  = "application/xml-patch+xml"
	Form      = "application/x-www-form-urlencoded"
)

// Resources are the media types of a resource, in a body and in an answer: FHIR's, the general ones, and those of
// DSTU2, which clients still send. The first is what who asks for nothing gets.
var Resources = []string{FHIRJSON, FHIRXML, PlainJSON, PlainXML, "text/json", "text/xml", "application/json+fhir", "application/xml+fhir"}

// Formats are the values of _format that have no slash, and what they stand for (R4 http 3.1.0.1.10).
var Formats = map[string]string{"json": FHIRJSON, "xml": FHIRXML}

// HTML is what a browser asks for: the answer as a page, for people.
const HTML = "text/html"

// version is the FHIR version in the form of the media type's parameter fhirVersion (R4 http 3.1.0.1.6).
const version = "4.0"

// Format is how a response body is to be written. The zero Format is FHIR JSON without white space.
type Format struct {
	Type   string // one of Resources; "" is the first
	Pretty bool   // indented
}

// ContentType is the response's Content-Type.
func (f Format) ContentType() string {
	if f.Type == "" {
		return FHIRJSON + "; charset=utf-8"
	}
	return f.Type + "; charset=utf-8"
}

// HTML says that the answer is to be a page.
func (f Format) HTML() bool { return f.Type == HTML }

// XML says that the body is to be in XML.
func (f Format) XML() bool { return IsXML(f.Type) }

// IsXML says that a media type is one of XML.
func IsXML(mediaType string) bool { return strings.Contains(mediaType, "xml") }

// formatOf is the Format of a media type.
func formatOf(mediaType string) Format {
	if mediaType == FHIRJSON {
		return Format{}
	}
	return Format{Type: mediaType}
}

// span is a media range of an Accept header: "application/fhir+xml", "application/*" or "*/*".
type span struct {
	name   string
	weight float64
	place  int // in the header
}

// Accept reads an Accept header (RFC 9110 12.5.1): of what can be served, the type with the greatest weight, and of
// several with the same the one that is named, and named first. To a browser it's JSON. fhir.NotAcceptable if nothing
// in it can be served.
func Accept(header string) (Format, error) {
	switch header {
	case "", "*/*", FHIRJSON: // what nearly every client sends
		return Format{}, nil
	}
	spans, page := spansOf(header)
	best, chosen := "", span{}
	for _, candidate := range Resources {
		s := covering(spans, candidate)
		better := s.weight > chosen.weight
		if s.weight == chosen.weight && s.weight > 0 {
			better = specific(s.name) > specific(chosen.name) || specific(s.name) == specific(chosen.name) && s.place < chosen.place
		}
		if better {
			best, chosen = candidate, s
		}
	}
	switch {
	case best == "":
		return Format{}, fhir.Errorf(fhir.NotAcceptable, "",
			"This server answers in JSON and in XML. Send Accept: %s or %s, or leave the header out.", FHIRJSON, FHIRXML)
	case page && IsXML(best) && covering(spans, FHIRJSON).weight > 0:
		return Format{}, nil
	}
	return formatOf(best), nil
}

// WantsPage says that an Accept header is a browser's, or of somebody who asks as one does: it names HTML, and no
// format of resources that is wanted as much.
func WantsPage(accept string) bool {
	if !strings.Contains(accept, HTML) {
		return false
	}
	spans, _ := spansOf(accept)
	page, resource := covering(spans, HTML), 0.0
	for _, candidate := range Resources {
		if s := covering(spans, candidate); specific(s.name) == specific(candidate) {
			resource = max(resource, s.weight)
		}
	}
	return page.name == HTML && page.weight > resource
}

// spansOf are the ranges of an Accept header. page says that a browser sent it.
func spansOf(header string) (spans []span, page bool) {
	for i, part := range strings.Split(header, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil || !ours(params) {
			continue
		}
		page = page || name == "text/html"
		if full, short := Formats[name]; short {
			name = full
		}
		spans = append(spans, span{name, weight(params), i})
	}
	return spans, page
}

// covering is the most specific range that a media type is in; its weight is 0 if there is none.
func covering(spans []span, mediaType string) (found span) {
	for _, s := range spans {
		group, _, _ := strings.Cut(mediaType, "/")
		if (s.name == mediaType || s.name == group+"/*" || s.name == "*/*") && specific(s.name) > specific(found.name) {
			found = s
		}
	}
	return found
}

// specific orders ranges: a type goes before its group, and that before all.
func specific(name string) int {
	switch {
	case name == "":
		return 0
	case name == "*/*":
		return 1
	case strings.HasSuffix(name, "/*"):
		return 2
	}
	return 3
}

// weight is how much a media range is wanted (q, RFC 9110 12.4.2); one that can't be read is not.
func weight(params map[string]string) float64 {
	q, ok := params["q"]
	if !ok {
		return 1
	}
	w, err := strconv.ParseFloat(q, 64)
	if err != nil || !(w > 0) {
		return 0
	}
	return min(w, 1)
}

// ours says that a media type's parameters ask for no other version of FHIR than this.
func ours(params map[string]string) bool {
	v, ok := params["fhirversion"]
	return !ok || v == version
}

// FormatParam reads the parameter _format, which overrides Accept (R4 http 3.1.0.1.10).
func FormatParam(value string) (Format, error) {
	// An unescaped + in a query reads as a space; there is no other way to mean it here.
	name, params, err := mime.ParseMediaType(strings.ReplaceAll(value, " ", "+"))
	if full, short := Formats[name]; short {
		name = full
	}
	if err == nil && ours(params) && weight(params) > 0 && slices.Contains(Resources, name) {
		return formatOf(name), nil
	}
	return Format{}, fhir.Errorf(fhir.NotAcceptable, "_format", "This server answers in JSON and in XML. Use _format=json or _format=xml.")
}

// ContentType checks a request's Content-Type against what is read here, and gives the media type alone.
// fhir.UnsupportedMedia lists what is.
func ContentType(header string, want ...string) (string, error) {
	if slices.Contains(want, header) {
		return header, nil
	}
	name, params, err := mime.ParseMediaType(header)
	if err == nil && utf8(params) && ours(params) && slices.Contains(want, name) {
		return name, nil
	}
	return "", fhir.Errorf(fhir.UnsupportedMedia, "", "The body must be sent with Content-Type: %s, in UTF-8.",
		strings.Join(want[:min(3, len(want))], " or "))
}

// utf8 says that the charset is UTF-8, the only one FHIR has (R4 json 2.6.2, xml 2.6.1).
func utf8(params map[string]string) bool {
	c, ok := params["charset"]
	return !ok || strings.EqualFold(c, "utf-8") || strings.EqualFold(c, "us-ascii")
}

// Wanted is which of the two forms of a Binary a client wants.
type Wanted uint8

// What Prefers can say.
const (
	Neither  Wanted = iota
	Resource        // the resource, in a format of resources
	Content         // the content alone, in its own type
)

// Prefers says in which form a client wants a Binary whose content is of a type (R4 binary 2.34.4): the resource if a
// format of resources is named with at least the weight that the content's type has, by name or within a range such as
// */*.
func Prefers(accept, contentType string) Wanted {
	spans, _ := spansOf(accept)
	name, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		name = "application/octet-stream"
	}
	content, resource := covering(spans, name), span{}
	for _, candidate := range Resources {
		if s := covering(spans, candidate); specific(s.name) == specific(candidate) && s.weight > resource.weight {
			resource = s
		}
	}
	switch {
	case resource.weight > 0 && resource.weight >= content.weight:
		return Resource
	case content.weight > 0:
		return Content
	}
	return Neither
}
