package wire

import (
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
)

// Query is a raw query, without the parameters that only say how the answer shall look.
type Query struct {
	Rest   string // every other parameter, as it was sent
	Kept   string // _format and _pretty, as they were sent, for links to other pages
	format string
	pretty string
}

// SplitQuery takes _format and _pretty out of a raw query (R4 http 3.1.0.1.10, 3.1.0.1.11).
func SplitQuery(raw string) (Query, error) {
	q := Query{Rest: raw}
	// Both names, however escaped, have one of these; most queries of most clients have neither.
	if !strings.Contains(raw, "format") && !strings.Contains(raw, "pretty") && !strings.Contains(raw, "%") {
		return q, nil
	}
	var rest, kept []string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, err := Pair(part)
		if err != nil {
			return q, err
		}
		switch name {
		case "_format":
			q.format = value
		case "_pretty":
			q.pretty = value
		default:
			rest = append(rest, part)
			continue
		}
		kept = append(kept, part)
	}
	q.Rest, q.Kept = strings.Join(rest, "&"), strings.Join(kept, "&")
	return q, nil
}

// Formatted says that _format names one.
func (q Query) Formatted() bool { return q.format != "" }

// Page says that a page is asked for: by _format, else by Accept.
func (q Query) Page(accept string) bool {
	if q.format != "" {
		return q.format == "html" || q.format == HTML
	}
	return WantsPage(accept)
}

// Format is the format asked for: by _format, else by Accept.
func (q Query) Format(accept string) (f Format, err error) {
	if q.format != "" {
		f, err = FormatParam(q.format)
	} else {
		f, err = Accept(accept)
	}
	if err != nil {
		return f, err
	}
	switch q.pretty {
	case "", "false":
	case "true":
		f.Pretty = true
	default:
		return f, fhir.Errorf(fhir.Invalid, "_pretty", "_pretty must be true or false.")
	}
	return f, nil
}

// Params reads a raw query of parameters that each may stand once and whose names are given. Any other is fhir.Invalid,
// naming it: a parameter that does nothing would deceive.
func Params(raw string, known ...string) (map[string]string, error) {
	if raw == "" {
		return nil, nil
	}
	got := map[string]string{}
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, err := Pair(part)
		if err != nil {
			return nil, err
		}
		if _, again := got[name]; again {
			return nil, fhir.Errorf(fhir.Invalid, name, "The parameter %s is given twice. Give it once.", fhir.Clip(name))
		}
		if !slices.Contains(known, name) {
			return nil, unknown(name, known)
		}
		got[name] = value
	}
	return got, nil
}

func unknown(name string, known []string) error {
	if len(known) == 0 {
		return fhir.Errorf(fhir.Invalid, fhir.Clip(name),
			"The parameter %s can't be used here: this request takes none but _format and _pretty.", fhir.Clip(name))
	}
	return fhir.Errorf(fhir.Invalid, fhir.Clip(name),
		"The parameter %s can't be used here. What can: %s, _format, _pretty.", fhir.Clip(name), strings.Join(known, ", "))
}

// Take takes a parameter that stands at most once out of a raw query. value is "" if it isn't there.
func Take(raw, name string) (value, rest string, err error) {
	if !strings.Contains(raw, name) && !strings.Contains(raw, "%") {
		return "", raw, nil
	}
	var others []string
	found := false
	for part := range strings.SplitSeq(raw, "&") {
		n, v, err := Pair(part)
		switch {
		case err != nil:
			return "", raw, err
		case n != name:
			others = append(others, part)
		case found:
			return "", raw, fhir.Errorf(fhir.Invalid, name, "The parameter %s is given twice. Give it once.", name)
		default:
			value, found = v, true
		}
	}
	return value, strings.Join(others, "&"), nil
}

// Join puts raw queries together.
func Join(parts ...string) string {
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return strings.Join(full, "&")
}

// Pair unescapes one name=value of a query.
func Pair(part string) (name, value string, err error) {
	name, value, _ = strings.Cut(part, "=")
	if name, err = url.QueryUnescape(name); err == nil {
		value, err = url.QueryUnescape(value)
	}
	if err != nil {
		return "", "", fhir.Errorf(fhir.Invalid, "",
			"The query is not escaped right: a %% must be followed by two hexadecimal digits (write %%25 for a %% itself).")
	}
	return name, value, nil
}
