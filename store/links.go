package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"html"
	"regexp"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// linker replaces the links between the entries of one transaction (R4 http 3.1.0.11.2).
type linker struct {
	*Session
	to         map[string]string // full URL -> "Type/id"
	conditions map[string]string // conditional reference -> "Type/id", as far as they were resolved
	plans      []*plan
}

// rewrite is a resource with its links replaced, by bytes, and decoded again: whatever got in so is as valid as what comes
// in by itself.
func (l *linker) rewrite(ctx context.Context, r *fhir.Resource, fullURL string) (*fhir.Resource, error) {
	base := baseOf(fullURL)
	links := slices.SortedFunc(slices.Values(r.Links), func(a, b fhir.Link) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	var out bytes.Buffer
	done := 0
	for _, link := range links {
		old, err := unquote(r.JSON[link.Span.Start:link.Span.End])
		if err != nil {
			return nil, fhir.Fault("link "+link.Expression, err)
		}
		now, err := l.resolve(ctx, link.Kind, old, base)
		if err != nil {
			return nil, expressed(err, link.Expression)
		}
		if now == old {
			continue
		}
		out.Write(r.JSON[done:link.Span.Start])
		out.Write(quote(now))
		done = link.Span.End
	}
	if done == 0 {
		return r, nil
	}
	out.Write(r.JSON[done:])
	return codec.Decode(out.Bytes(), l.store.options.Limits)
}

// resolve is what a link's text becomes.
func (l *linker) resolve(ctx context.Context, kind fhir.LinkKind, text, base string) (string, error) {
	switch kind {
	case fhir.LinkURI:
		if to, ok := l.to[text]; ok {
			return to, nil
		}
		return text, nil
	case fhir.LinkNarrative:
		return l.narrative(text), nil
	}
	// A relative reference means what stands beside its own entry (R4 bundle 2.36.4.1), or here.
	for _, url := range []string{text, base + text, l.store.options.Base + "/" + text} {
		if to, ok := l.to[url]; ok {
			return to, nil
		}
	}
	if strings.HasPrefix(text, "urn:uuid:") || strings.HasPrefix(text, "urn:oid:") {
		return "", fhir.Errorf(fhir.Invalid, "",
			"No entry of the bundle has the fullUrl %q. Add the entry, or refer to a resource that is there.", text)
	}
	if !conditional.MatchString(text) {
		return text, nil
	}
	if to, ok := l.conditions[text]; ok {
		return to, nil
	}
	to, err := l.conditionalReference(ctx, text)
	if err == nil {
		l.conditions[text] = to
	}
	return to, err
}

var (
	conditional = regexp.MustCompile(`^[A-Za-z]+\?`)
	// attribute is what R4 has replaced in a narrative: <a href> and <img src>. The div is well-formed: codec saw to it.
	attribute = regexp.MustCompile(`(<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*)("[^"]*"|'[^']*')`)
)

func (l *linker) narrative(div string) string {
	return attribute.ReplaceAllStringFunc(div, func(m string) string {
		parts := attribute.FindStringSubmatch(m)
		if to, ok := l.to[html.UnescapeString(parts[2][1:len(parts[2])-1])]; ok {
			return parts[1] + `"` + to + `"`
		}
		return m
	})
}

// baseOf is what precedes "Type/id" in a RESTful full URL, with its slash; "\x00" if it is none, which no link begins with.
func baseOf(fullURL string) string {
	if i := strings.LastIndexByte(fullURL, '/'); i > 0 && strings.HasPrefix(fullURL, "http") {
		if i = strings.LastIndexByte(fullURL[:i], '/'); i > 0 {
			return fullURL[:i+1]
		}
	}
	return "\x00"
}

func unquote(b []byte) (s string, err error) {
	if bytes.IndexByte(b, '\\') < 0 && len(b) >= 2 {
		return string(b[1 : len(b)-1]), nil
	}
	err = json.Unmarshal(b, &s)
	return s, err
}

func quote(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// expressed is an error that names the element, if it names none yet.
func expressed(err error, expression string) error {
	var e *fhir.Error
	if !errors.As(err, &e) {
		return err
	}
	c := *e
	c.Issues = slices.Clone(e.Issues)
	for i := range c.Issues {
		c.Issues[i].Expression = cmp.Or(c.Issues[i].Expression, expression)
	}
	return &c
}
