package wire

import (
	"mime"
	"strconv"
	"strings"

	"frontdesk/fhir"
)

// The media types Frontdesk speaks (R4 http 3.1.0.1.9).
const (
	FHIRJSON  = "application/fhir+json"
	PlainJSON = "application/json"
	JSONPatch = "application/json-patch+json"
	Form      = "application/x-www-form-urlencoded"
)

// version is the FHIR version in the form of the media type's parameter fhirVersion (R4 http 3.1.0.1.6).
const version = "4.0"

// Format is how a response body is to be written. The zero Format is FHIR JSON without white space.
type Format struct {
	Plain  bool // Content-Type application/json, because the client accepts no other JSON
	Pretty bool // indented
}

// ContentType is the response's Content-Type.
func (f Format) ContentType() string {
	if f.Plain {
		return PlainJSON + "; charset=utf-8"
	}
	return FHIRJSON + "; charset=utf-8"
}

// Accept reads an Accept header (RFC 9110 12.5.1). fhir.NotAcceptable if nothing in it can be served.
func Accept(header string) (Format, error) {
	switch header {
	case "", "*/*", FHIRJSON: // what nearly every client sends
		return Format{}, nil
	case PlainJSON:
		return Format{Plain: true}, nil
	}
	plain := false
	for part := range strings.SplitSeq(header, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil || refused(params) {
			continue
		}
		switch name {
		case FHIRJSON, "*/*", "application/*":
			return Format{}, nil
		case PlainJSON, "text/json", "json":
			plain = true
		}
	}
	if plain {
		return Format{Plain: true}, nil
	}
	return Format{}, fhir.Errorf(fhir.NotAcceptable, "",
		"This server answers in JSON only. Send Accept: %s, or leave the header out.", FHIRJSON)
}

// refused says that a media range is not wanted (q=0), or wants another version of FHIR.
func refused(params map[string]string) bool {
	if q, ok := params["q"]; ok {
		if weight, err := strconv.ParseFloat(q, 64); err != nil || weight <= 0 {
			return true
		}
	}
	v, ok := params["fhirversion"]
	return ok && v != version
}

// FormatParam reads the parameter _format, which overrides Accept (R4 http 3.1.0.1.10).
func FormatParam(value string) (Format, error) {
	// An unescaped + in a query reads as a space; there is no other way to mean it here.
	name, params, err := mime.ParseMediaType(strings.ReplaceAll(value, " ", "+"))
	if err == nil && !refused(params) {
		switch name {
		case "json", FHIRJSON:
			return Format{}, nil
		case PlainJSON, "text/json":
			return Format{Plain: true}, nil
		}
	}
	return Format{}, fhir.Errorf(fhir.NotAcceptable, "_format", "This server answers in JSON only. Use _format=json.")
}

// ContentType checks a request's Content-Type against what is read here. fhir.UnsupportedMedia lists what is.
func ContentType(header string, want ...string) error {
	for _, w := range want {
		if header == w {
			return nil
		}
	}
	name, params, err := mime.ParseMediaType(header)
	if err == nil && utf8(params) && !refused(params) {
		for _, w := range want {
			if name == w {
				return nil
			}
		}
	}
	return fhir.Errorf(fhir.UnsupportedMedia, "", "The body must be sent with Content-Type: %s, in UTF-8.", strings.Join(want, " or "))
}

// utf8 says that the charset is UTF-8, the only one FHIR has (R4 json 2.6.2).
func utf8(params map[string]string) bool {
	c, ok := params["charset"]
	return !ok || strings.EqualFold(c, "utf-8") || strings.EqualFold(c, "us-ascii")
}
