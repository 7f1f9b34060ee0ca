package pages

import (
	"log/slog"
	"net/http"
	"time"
)

// Options are what a Shell is made with. All of them may be left out.
type Options struct {
	Root   string         // the path that all pages are below, without a slash at the end: "" or "/surgery"
	Secure bool           // people reach them by https
	Brand  Brand          // whose pages these are
	Zone   *time.Location // in which dates are written; default UTC
	Now    func() time.Time
	Log    *slog.Logger
}

// Shell is what all pages have in common. It is safe for concurrent use.
type Shell struct {
	Options
	Cookies Cookies
	assets  map[string][]byte // by the name that they are served by
}

// Brand is what a practice says of itself on every page.
type Brand struct {
	Name string // "" is "Your GP online"
}

// New makes a Shell.
func New(o Options) *Shell {
	if o.Brand.Name == "" {
		o.Brand.Name = "Your GP online"
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Shell{Options: o, Cookies: Cookies{Secure: o.Secure}, assets: assets}
}

// Auth is the path that the pages of package signin are below.
func (s *Shell) Auth() string { return s.Root + "/auth" }

// Assets are the paths of what pages refer to, each with what serves it.
func (s *Shell) Assets() map[string]http.HandlerFunc {
	served := map[string]http.HandlerFunc{}
	for name := range s.assets {
		served[s.Root+"/assets/"+name] = s.asset
	}
	return served
}
