package pages

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Harden sets the headers that every page has. redirect, if not "", is where the page's form may lead by a redirect:
// Chromium applies form-action to the whole chain (CSP level 3, 6.4.1), so without the app's origin it would not let
// the answer through.
func Harden(h http.Header, redirect string) {
	forms := "'self'"
	if source := origin(redirect); source != "" {
		forms += " " + source
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action "+forms+
		"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: under it browsers say of our own forms that they come from "null" (Fetch, 3.2).
	h.Set("Referrer-Policy", "same-origin")
	// No Cross-Origin-Opener-Policy: an app that opened us in a window of its own must hear from it when it comes back.
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// AllowScript lets a page run the scripts that are served here. What Harden refuses stays refused: none in the page
// itself, none from elsewhere.
func AllowScript(h http.Header) {
	h.Set("Content-Security-Policy", h.Get("Content-Security-Policy")+"; script-src 'self'")
}

// origin is a redirect URI as a source expression (CSP level 3, 2.3.1): the origin of a web address, the scheme of a
// native app's. It is "" for what could not stand in the header.
func origin(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme == "" || strings.ContainsAny(u.Host, " ;,'\"") {
		return ""
	}
	if u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// Remote is the address of the connection, without the port.
func Remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
