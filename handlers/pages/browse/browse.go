package browse

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/handlers/pages"
)

//go:embed templates
var files embed.FS

var set = pages.MustParse(files)

// Viewer is a handlers.Browser that shows answers within a Site.
type Viewer struct {
	site       *pages.Site
	base, path string
	statement  parsed
}

// parsed is the CapabilityStatement as it was last shown: it is large, and hardly ever another.
type parsed struct {
	sync.Mutex
	text []byte
	node node
}

// of is a statement, parsed.
func (p *parsed) of(text []byte) (_ node, err error) {
	p.Lock()
	defer p.Unlock()
	if p.text == nil || !bytes.Equal(p.text, text) {
		if p.node, err = parse(text); err != nil {
			return node{}, fhir.Fault("reading the statement", err)
		}
		p.text = bytes.Clone(text)
	}
	return p.node, nil
}

// New shows the answers of the API at a base URL, once it is Within a Site.
func New(base string) *Viewer {
	v := &Viewer{base: base}
	if u, err := url.Parse(base); err == nil {
		v.path = u.Path
	}
	return v
}

// Within is the Site in which answers are shown, which may have the Viewer's Part.
func (b *Viewer) Within(site *pages.Site) *Viewer {
	b.site = site
	return b
}

// Grant is what the person may see who is signed in.
func (b *Viewer) Grant(r *http.Request) (access.Grant, error) { return b.site.Looks(r) }

// largest is the most that is shown of an answer, in bytes.
const largest = 1 << 20

// shown is what a page shows of an answer.
type shown struct {
	Title     string
	Path      string // of the request
	Crumbs    []pages.Link
	Status    string
	Headers   [][2]string
	JSON, XML string // where the same is in FHIR's formats
	Tree      template.HTML
	Narrative template.HTML
	Rows      []row
	Bundle    *bundle
	Texts     []issue
	Reference string
	SignIn    bool // to see it one has to
	Large     bool
}

// issue is one of an OperationOutcome.
type issue struct{ Severity, Text, Where string }

// Show answers with a page.
func (b *Viewer) Show(w http.ResponseWriter, r *http.Request, v handlers.View) {
	visit, read := b.site.Look(w, r), parse
	whole := r.URL.Path == b.path+"/metadata" && r.URL.Query().Get("mode") != "terminology" && v.Status == http.StatusOK
	if whole {
		read = b.statement.of
	}
	n, err := read(v.Body)
	if err != nil && len(v.Body) > 0 {
		b.site.Fail(w, r, fhir.Fault("showing an answer", err))
		return
	}
	if whole && n.at("rest", "resource").kind == array {
		b.capabilities(visit, n)
		return
	}
	data := b.frame(visit, r, v)
	reads := &reader{tree: tree{base: b.base, here: b.path}, shell: b.site.Shell}
	page := "resource"
	switch n.says("resourceType") {
	case "OperationOutcome":
		page, data.Texts = "outcome", issues(n)
		data.SignIn = v.Status == http.StatusUnauthorized && b.site.State != nil
		if data.SignIn {
			visit.Remember()
		}
	case "Bundle":
		page, data.Bundle = "bundle", reads.bundle(n)
	default:
		data.Rows = reads.rows(n)
		data.Narrative = narrative(n.says("text", "div"))
	}
	if data.Title = reads.title(visit, n, v.Status); len(v.Body) > largest {
		data.Large = true
	} else if len(v.Body) > 0 {
		t := tree{base: b.base, here: b.path, open: map[bool]int{true: 2, false: 4}[page == "bundle"]}
		data.Tree = t.write(n)
	}
	b.site.Present(visit, set, visit.Show(page, data.Title, data).Status(v.Status).Wide())
}

// frame is what every answer is shown with.
func (b *Viewer) frame(visit *pages.Visit, r *http.Request, v handlers.View) shown {
	data := shown{Path: r.URL.Path, Status: strconv.Itoa(v.Status) + " " + http.StatusText(v.Status),
		Reference: v.Reference}
	for name, values := range v.Header {
		data.Headers = append(data.Headers, [2]string{name, strings.Join(values, ", ")})
	}
	sort.Slice(data.Headers, func(i, j int) bool { return data.Headers[i][0] < data.Headers[j][0] })
	query := r.URL.Query()
	for _, format := range []struct {
		name string
		to   *string
	}{{"json", &data.JSON}, {"xml", &data.XML}} {
		query.Set("_format", format.name)
		*format.to = r.URL.Path + "?" + query.Encode()
	}
	data.Crumbs = []pages.Link{{Href: b.path + "/metadata", Text: visit.T("browse.api")}}
	to := b.path
	for part := range strings.SplitSeq(strings.Trim(strings.TrimPrefix(r.URL.Path, b.path), "/"), "/") {
		if to += "/" + part; part != "" && !strings.HasPrefix(part, "$") && part != "_history" {
			data.Crumbs = append(data.Crumbs, pages.Link{Href: to, Text: part, Current: to == r.URL.Path})
		}
	}
	return data
}

// issues are those of an OperationOutcome in words.
func issues(n node) (all []issue) {
	for _, one := range n.all("issue") {
		said := one.says("details", "text")
		if said == "" {
			said = one.says("diagnostics")
		}
		all = append(all, issue{one.says("severity"), said, one.says("expression")})
	}
	return all
}

// title says what is shown.
func (r *reader) title(v *pages.Visit, n node, status int) string {
	typ, id := n.says("resourceType"), n.says("id")
	switch {
	case typ == "OperationOutcome" && status >= http.StatusBadRequest:
		return v.T(heading(status))
	case typ == "Bundle" && n.says("type") == "history":
		return v.T("browse.history")
	case typ == "Bundle":
		return v.T("browse.search")
	case id == "":
		return typ
	}
	return typ + "/" + id
}

// heading is the key of what an error is called.
func heading(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "error.unknown"
	case http.StatusForbidden:
		return "error.forbidden"
	case http.StatusNotFound, http.StatusGone:
		return "error.missing"
	case http.StatusTooManyRequests:
		return "error.throttled"
	case http.StatusServiceUnavailable:
		return "error.unavailable"
	case http.StatusInternalServerError:
		return "error.fault"
	}
	return "error.failed"
}
