package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
)

// linker replaces the links between the entries of one transaction (R4 http 3.1.0.11.2).
type linker struct {
	*Session
	to         map[string]*plan  // full URL -> the entry
	conditions map[string]string // conditional reference -> "Type/id", as far as they were resolved
	plans      []*plan
	docs       map[*plan]*search.Doc // what docOf gave
}

// rewrite is a resource with its links replaced, by bytes, and decoded again: whatever got in so is as valid as what
// comes in by itself. Conditional references are left as they are if conditions is false.
func (l *linker) rewrite(ctx context.Context, r *fhir.Resource, fullURL string, conditions bool) (*fhir.Resource, error) {
	base := baseOf(fullURL)
	links := slices.SortedFunc(slices.Values(r.Links), func(a, b fhir.Link) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	var out bytes.Buffer
	done := 0
	for _, link := range links {
		old, err := unquote(r.JSON[link.Span.Start:link.Span.End])
		if err != nil {
			return nil, fhir.Fault("link "+link.Expression, err)
		}
		if !conditions && link.Kind == fhir.LinkReference && conditional.MatchString(old) {
			continue
		}
		now, err := l.resolve(ctx, link.Kind, old, base)
		if err != nil {
			return nil, fhir.AsError(err).At(link.Expression)
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
	limits := l.store.options.Limits
	limits.Conditional, limits.Lacking = !conditions, r.Lacks != nil
	return codec.Decode(out.Bytes(), limits)
}

// resolve is what a link's text becomes.
func (l *linker) resolve(ctx context.Context, kind fhir.LinkKind, text, base string) (string, error) {
	if kind == fhir.LinkNarrative {
		return l.narrative(text, base), nil
	}
	if to, ok := l.entry(text, base); ok || kind == fhir.LinkURI { // codec has refused references with a fragment
		return cmp.Or(to, text), nil
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
	// attribute is what R4 has replaced in a narrative: <a href> and <img src>. The div is well-formed: codec saw to
	// it.
	attribute = regexp.MustCompile(`(<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*)("[^"]*"|'[^']*')`)
)

// entry is what a link to another entry becomes: the entry's new address, with its new version if the link names the
// version that is sent, and with the fragment that the link has (R4 http 3.1.0.11.2, bundle 2.36.4.1). A relative link
// means what stands beside its own entry, or here.
func (l *linker) entry(text, base string) (to string, ok bool) {
	url, fragment, inside := strings.Cut(text, "#")
	url, version, versioned := strings.Cut(url, "/_history/")
	if url == "" {
		return "", false
	}
	for _, full := range []string{url, base + url, l.store.options.Base + "/" + url} {
		p, ok := l.to[full]
		if !ok {
			continue
		}
		key := p.becomes()
		switch {
		case versioned && p.keeps(version):
			return "", false
		case versioned:
			p.pinned = true
		default:
			key = key.Current()
		}
		if to = key.String(); inside {
			to += "#" + fragment
		}
		return to, true
	}
	return "", false
}

// becomes is the version that will be current of what a plan acts on.
func (p *plan) becomes() fhir.Key {
	if p.found != nil {
		return p.found.Key
	}
	return p.key
}

// keeps says that a version which a link names is an earlier one of the very resource, and not what is sent.
func (p *plan) keeps(version string) bool {
	if p.Action == Create || p.before == nil || p.Resource != nil && metaOf(p.Resource).GetVersionId().GetValue() == version {
		return false
	}
	v, err := strconv.ParseInt(version, 10, 64)
	return err == nil && v > 0 && v < p.key.Version
}

func (l *linker) narrative(div, base string) string {
	return attribute.ReplaceAllStringFunc(div, func(m string) string {
		parts := attribute.FindStringSubmatch(m)
		if to, ok := l.entry(html.UnescapeString(parts[2][1:len(parts[2])-1]), base); ok {
			return parts[1] + `"` + to + `"`
		}
		return m
	})
}

// baseOf is what precedes "Type/id" in a RESTful full URL, with its slash; "\x00" if it is none, which no link begins
// with.
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
