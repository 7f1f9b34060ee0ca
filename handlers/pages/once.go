package pages

import (
	"crypto/rand"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// formKept is how long it is known that a form was sent. A session doesn't last longer.
const formKept = 24 * time.Hour

// Once is the record that a form was done, and led to this path. It is to be written with the form's changes
// (store.Session.Transact): then they are made once, however often the form is sent, and whatever becomes of this
// server meanwhile.
func (v *Visit) Once(path string) store.RecordWrite {
	return v.site.forms.Put(v.formKey(), path, v.Now().Add(formKept), 0)
}

// formKey is by what it is known that a form was sent: by its token, in this session.
func (v *Visit) formKey() string { return state.Digest(v.Visitor.Session.ID + " " + v.Value("token")) }

// before is where the form led when it was sent before, nil if it wasn't.
func (v *Visit) before() (*Answer, error) {
	sent, err := v.site.forms.Get(v.Context(), v.formKey())
	switch {
	case err == nil:
		return v.Goto(sent.Value), nil
	case fhir.KindOf(err) == fhir.NotFound:
		return nil, nil
	}
	return nil, err
}

// handle has the page's own handler answer. A form that was sent before leads where it led then, also if both came at
// the same time.
func (v *Visit) handle(by Handler) (*Answer, error) {
	if v.Request.Method != "POST" || v.Session == nil {
		return by(v)
	}
	if v.Value("token") == "" {
		return nil, fhir.Errorf(fhir.Invalid, "", "%s", v.T("error.form.broken"))
	}
	if a, err := v.before(); a != nil || err != nil {
		return a, err
	}
	a, err := by(v)
	if err != nil || a.to == "" { // what stands in the way may be what the same form did, a moment ago
		if done, _ := v.before(); done != nil {
			return done, nil
		}
		return a, err
	}
	if !a.cleared { // of what wasn't written in one commit with it, at least afterwards
		err = v.site.State.Commit(v.Context(), v.site.forms.Put(v.formKey(), a.to, v.Now().Add(formKept), -1))
	}
	return a, err
}

// frame is what every page of a visit has around its own.
func (v *Visit) frame() View {
	f := View{}
	if v.Visitor != nil {
		f.Account, f.CSRF, f.Token, f.As = v.Name, v.Visitor.Session.CSRF, rand.Text(), v.Role.Key()
	}
	if v.Role.As == "" {
		return f
	}
	f.Switch, f.Exit = len(v.Roles) > 1, v.Role.Is(Record)
	if !v.Role.Own {
		f.For = v.Role.Name
	}
	f.Nav = v.nav()
	if done := v.Request.FormValue("done"); done != "" && v.Request.Method != "POST" {
		if said := v.T("done." + done); said != "done."+done {
			f.Notice = said
		}
	}
	return f
}

// nav is the navigation of the person's audiences, and where in it the page is: the longest path that it is at or
// below.
func (v *Visit) nav() (all []Link) {
	path, longest, at := strings.TrimPrefix(v.Request.URL.Path, v.site.Root), 0, -1
	for _, part := range v.site.Parts {
		if part.For == Everyone || !v.Role.Is(part.For) {
			continue
		}
		for _, link := range part.Nav {
			if link.Section != "" && !v.Opens(link.Section) {
				continue
			}
			if (path == link.Href || strings.HasPrefix(path, link.Href+"/")) && len(link.Href) > longest {
				longest, at = len(link.Href), len(all)
			}
			all = append(all, Link{Href: v.site.Root + link.Href, Text: v.T(link.Text)})
		}
	}
	if at >= 0 {
		all[at].Current = true
	}
	return all
}
