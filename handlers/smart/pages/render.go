package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"frontdesk/fhir"
)

//go:embed templates assets
var files embed.FS

// templates are the pages by name, each within the layout. assets are what they refer to, by a name that changes with the content, so
// that browsers may keep them.
var (
	assets, assetNames = loadAssets()
	templates          = loadTemplates()
)

// view is what a template is given.
type view struct {
	Title   string
	Path    string
	Service string
	Account string  // who is signed in, "" if nobody
	Request string  // the id of the app's request, for links and forms to keep
	CSRF    string  // for forms to send back
	Faults  []fault // what must be put right in a form
	Data    any     // the page's own
}

// fault is something in a form to be put right.
type fault struct{ Field, Text string }

// Fault is what is wrong with a field, "" if nothing is.
func (v view) Fault(field string) string {
	for _, f := range v.Faults {
		if f.Field == field {
			return f.Text
		}
	}
	return ""
}

// loadTemplates can only fail by a fault in what is embedded, which every test would find.
func loadTemplates() map[string]*template.Template {
	layout := template.Must(template.New("layout.html").
		Funcs(template.FuncMap{"asset": func(name string) string { return "/assets/" + assetNames[name] }}).
		ParseFS(files, "templates/layout.html"))
	pages, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		panic(err)
	}
	loaded := map[string]*template.Template{}
	for _, file := range pages {
		if name := strings.TrimSuffix(path.Base(file), ".html"); name != "layout" {
			loaded[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, file))
		}
	}
	return loaded
}

// loadAssets gives the assets by served name, and the served name of each.
func loadAssets() (map[string][]byte, map[string]string) {
	served, names := map[string][]byte{}, map[string]string{}
	entries, err := files.ReadDir("assets")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		content, err := files.ReadFile("assets/" + entry.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(entry.Name())
		name := strings.TrimSuffix(entry.Name(), extension) + "-" + hex.EncodeToString(sum[:6]) + extension
		served[name], names[entry.Name()] = content, name
	}
	return served, names
}

// assetTypes are the media types of what is in assets.
var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// asset serves one of the assets. Their names change with their content, so they may be kept for a year.
func (p *Pages) asset(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	w.Header().Set("Content-Type", assetTypes[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Del("Pragma")
	_, _ = w.Write(assets[name]) // the browser may be gone
}

// show answers with a page. It is made whole before anything is sent, so that a fault in it gives an error page and no half a page.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	v.Path, v.Service = p.Path, p.Service
	if len(v.Faults) > 0 {
		status, v.Title = http.StatusUnprocessableEntity, "Error: "+v.Title
	}
	var page bytes.Buffer
	if err := templates[name].Execute(&page, v); err != nil {
		p.Fail(w, r, fhir.Fault("showing the page "+name, err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // the browser may be gone
}

// form is the view of a page of a signed-in person.
func (v *visitor) form(title string, asked *Asked, data any) view {
	shown := view{Title: title, Account: v.name, CSRF: v.session.CSRF, Data: data}
	if asked != nil {
		shown.Request = asked.ID
	}
	return shown
}

// day writes a date as people say it.
func (p *Pages) day(t time.Time) string { return t.In(p.Zone).Format("2 January 2006") }

// moment writes a date and time as people say it.
func (p *Pages) moment(t time.Time) string { return t.In(p.Zone).Format("2 January 2006 at 3:04pm") }

// birthday writes a FHIR date, which may be without day or month, as people say it.
func birthday(date string) string {
	for _, layout := range [][2]string{{"2006-01-02", "2 January 2006"}, {"2006-01", "January 2006"}} {
		if t, err := time.Parse(layout[0], date); err == nil {
			return t.Format(layout[1])
		}
	}
	return date
}
