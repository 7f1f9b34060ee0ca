package pages

import (
	"log/slog"
	"maps"
	"net/http"
	"strings"
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
	Cookies      Cookies
	assets       map[string][]byte // by the name that they are served by
	logo, accent string            // the names of the practice's own
}

// Brand is what a practice says of itself on every page.
type Brand struct {
	Name    string // "" is "Your GP online"
	Phone   string // as people write it: "01234 567890"; "" for none
	Hours   string // when it is open, in a line; "" for none
	Privacy string // the address of what it says on privacy; "" for none
	// Logo is a picture that is safe to be served, with the ending of its name, ".png" or ".svg" (brand.Logo); nil:
	// our own.
	Logo     []byte
	LogoType string
	Accent   []byte // the style of its own colour (brand.Accent); nil: our own
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
	s := &Shell{Options: o, Cookies: Cookies{Secure: o.Secure}, assets: maps.Clone(assets),
		logo: assetNames["icon.svg"]}
	if o.Brand.Logo != nil {
		s.logo = hashed("logo"+o.Brand.LogoType, o.Brand.Logo)
		s.assets[s.logo] = o.Brand.Logo
	}
	if o.Brand.Accent != nil {
		s.accent = hashed("accent.css", o.Brand.Accent)
		s.assets[s.accent] = o.Brand.Accent
	}
	return s
}

// Tel is the phone number as a link has it (RFC 3966).
func (b Brand) Tel() string {
	return strings.Map(func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, b.Phone)
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
