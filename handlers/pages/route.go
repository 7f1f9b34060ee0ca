package pages

import (
	"net/http"
	"slices"
	"strings"
)

// Audience is for whom a page is.
type Audience string

// The audiences. Everyone is whoever comes, signed in or not.
const (
	Everyone Audience = ""
	SignedIn Audience = "*"      // whoever is signed in
	Record   Audience = "record" // patients and their proxies
	Desk     Audience = "desk"   // staff
	Audit    Audience = "audit"  // auditors
)

// home is where people of a kind belong who have a duty.
type home struct {
	kind string // of the resource that the person is
	// duty is the code of a role (PractitionerRole.code); "" is for who has none, or one that no other row names.
	duty     string
	audience Audience
	path     string
}

// homes are all there are. Where several fit, the first is where a person begins.
var homes = []home{
	{"Patient", "", Record, "/record"},
	{"RelatedPerson", "", Record, "/record"},
	{"Practitioner", "", Desk, "/desk"},
	{"Practitioner", "auditor", Audit, "/audit"},
}

// homesOf are those of a person, a reference as "Patient/1". duties are the codes of the roles of a member of staff.
func homesOf(person string, duties []string) (fit []home) {
	kind, _, _ := strings.Cut(person, "/")
	others := len(duties) == 0 || slices.ContainsFunc(duties, func(duty string) bool {
		return !slices.ContainsFunc(homes, func(h home) bool { return h.kind == kind && h.duty == duty })
	})
	for _, h := range homes {
		if h.kind == kind && (h.duty == "" && others || h.duty != "" && slices.Contains(duties, h.duty)) {
			fit = append(fit, h)
		}
	}
	return fit
}

// Handler answers a request for a page. An error becomes a page; a *fhir.Error says what its reader can do.
type Handler func(v *Visit) (*Answer, error)

// Route is one row: a page.
type Route struct {
	Path string // below the root, in net/http's syntax: "/record/letters/{id}"
	For  Audience
	// Section is what must be open of the record; "" for nothing. Where it isn't, there is no such page (I2).
	Section string
	Acts    bool    // the section must be open to be managed, not only to be seen
	Get     Handler // nil: there is nothing to see
	Post    Handler // nil: there is nothing to send
	Most    int64   // the largest form, in bytes, for one with files in it (multipart/form-data); 0: 64 KiB, and no files
}

// Link is a link with what it says, a text's key in a Part and words in a View.
type Link struct {
	Href, Text string
	Section    string // in a Part: what must be open of the record for it to be shown; "" for nothing
	Current    bool   // the page that is shown, or a page below it
}

// Part is the pages of one audience, or some of them.
type Part struct {
	Set    Set
	Routes []Route
	For    Audience // whose navigation Nav is
	Nav    []Link
}

// Answer is what a Handler answers. Visit has methods that make one.
type Answer struct {
	status  int
	page    string
	view    View
	to      string // a path below the root, or another site's address
	file    []byte
	header  http.Header
	cleared bool // nobody is signed in any more
}

// allow lists the methods of a route (RFC 9110, 15.5.6).
func (r Route) allow() string {
	switch {
	case r.Post == nil:
		return "GET, HEAD"
	case r.Get == nil:
		return "POST"
	}
	return "GET, HEAD, POST"
}
