package signin

import (
	"net/http"
	"net/url"
	"time"

	"frontdesk/handlers/pages"
)

// ticksKept is how long what was ticked is kept while a person signs in again.
const ticksKept = 10 * time.Minute

// keepTicks keeps in the browser what was ticked in a consent form that came after the session was over, so that nobody
// has to do it twice. It decides nothing: the person sees the form again, as it was left.
func (p *Pages) keepTicks(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != p.Path+"/consent" || r.PostFormValue("answer") != "allow" ||
		!pages.SameOrigin(r) {
		return
	}
	ticks := url.Values{"request": {r.PostFormValue("request")}, "for": {r.PostFormValue("for")}, "section": r.PostForm["section"]}.Encode()
	if len(ticks) < 2000 {
		p.Shell.Cookies.Set(w, ticksCookie, url.QueryEscape(ticks), int(ticksKept.Seconds()))
	}
}

// ticks is what was ticked in the form for a request before the session was over, once; ok is false if nothing was.
func (p *Pages) ticks(w http.ResponseWriter, r *http.Request, asked *Asked) (sections []string, length string, ok bool) {
	value := p.Shell.Cookies.Get(r, ticksCookie)
	if value == "" {
		return nil, "", false
	}
	p.Shell.Cookies.Set(w, ticksCookie, "", -1)
	text, err := url.QueryUnescape(value)
	if err != nil {
		return nil, "", false
	}
	kept, err := url.ParseQuery(text)
	if err != nil || kept.Get("request") != asked.ID {
		return nil, "", false
	}
	return kept["section"], kept.Get("for"), true
}
