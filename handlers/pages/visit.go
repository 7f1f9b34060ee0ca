package pages

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/text"
	"frontdesk/store"
)

// Visit is one request for a page, and who makes it.
type Visit struct {
	Request *http.Request
	// Visitor is who is signed in; nil if nobody is, which can be on pages for Everyone alone.
	*Visitor
	Role  Role   // in which the person is here
	Roles []Role // all that the person has
	// Session is the record as this person may see it; nil where Visitor is.
	Session *store.Session

	site  *Site
	part  *Part
	route *Route
	w     http.ResponseWriter
}

// Role is one way for a person to be here: for oneself, for another, or at work.
type Role struct {
	As      string // "Patient/1", "RelatedPerson/3", "Practitioner/2"
	Patient string // the id of whose record it is; "" at work
	Name    string // of that patient
	Own     bool   // it is the person's own record
	homes   []home
}

// Key is the role as forms and the session have it.
func (r Role) Key() string { return strings.TrimSpace(r.As + " " + r.Patient) }

// Is says that pages for an audience are for this role.
func (r Role) Is(a Audience) bool {
	return slices.ContainsFunc(r.homes, func(h home) bool { return h.audience == a })
}

// Home is the path where the role begins.
func (r Role) Home() string {
	if len(r.homes) == 0 {
		return "/"
	}
	return r.homes[0].path
}

// Context ends when the browser goes or the answer takes too long.
func (v *Visit) Context() context.Context { return v.Request.Context() }

// Path is what the path names: "id" of "/record/letters/{id}".
func (v *Visit) Path(name string) string { return v.Request.PathValue(name) }

// Value is a value of the form or the query without blanks around it.
func (v *Visit) Value(name string) string { return strings.TrimSpace(v.Request.FormValue(name)) }

// T is a text of the catalogue. A key that there isn't is said as it is, and a test finds it.
func (v *Visit) T(key string, args ...any) string {
	said, err := text.English().Say(key, args...)
	if err != nil {
		return key
	}
	return said
}

// To is the address of a page here, for links: a path below the root.
func (v *Visit) To(path string) string { return v.site.Root + path }

// Opens says that a section of the record is open to be seen, and Manages that it is to be acted on.
func (v *Visit) Opens(section string) bool {
	return v.Session != nil && v.Session.Level(section) >= access.CanView
}

// Manages says that a section of the record is open to be acted on.
func (v *Visit) Manages(section string) bool {
	return v.Session != nil && v.Session.Level(section) >= access.Manage
}

// Writer is for what sets cookies. The Answer is written by the shell.
func (v *Visit) Writer() http.ResponseWriter { return v.w }

// Shell is what all pages have in common.
func (v *Visit) Shell() *Shell { return v.site.Shell }

// Now is the time of the visit.
func (v *Visit) Now() time.Time { return v.site.Now() }

// Show is a page of the part's Set.
func (v *Visit) Show(page, title string, data any) *Answer {
	return &Answer{status: http.StatusOK, page: page, view: View{Title: title, Data: data}}
}

// Again is a page whose form has faults.
func (v *Visit) Again(page, title string, data any, faults ...Fault) *Answer {
	a := v.Show(page, title, data)
	a.view.Faults = faults
	return a
}

// Wide has a page use all of a wide screen.
func (a *Answer) Wide() *Answer {
	a.view.Wide = true
	return a
}

// Status is another HTTP status for a page than 200.
func (a *Answer) Status(status int) *Answer {
	a.status = status
	return a
}

// Script lets a page run one of the assets. It must do without.
func (a *Answer) Script(asset string) *Answer {
	a.view.Scripts = append(a.view.Scripts, asset)
	return a
}

// Goto sends the browser to another page: a path below the root. With "done=KEY" in its query, that page says first
// what the text "done.KEY" says.
func (v *Visit) Goto(path string) *Answer { return &Answer{to: path} }

// Leave sends the browser to another site, and says that nobody is signed in any more.
func (v *Visit) Leave(address string) *Answer { return &Answer{to: address, cleared: true} }

// File is something to keep, as a calendar entry: its media type, a name for it, and its bytes.
func (v *Visit) File(media, name string, content []byte) *Answer {
	return &Answer{status: http.StatusOK, file: content, header: http.Header{
		"Content-Type": {media}, "Content-Disposition": {mime.FormatMediaType("attachment",
			map[string]string{"filename": name})}}}
}
