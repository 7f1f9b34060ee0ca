package pages

import "net/http"

// Cookies are those that the pages keep in a browser. With https they have the prefix __Host- (RFC 6265bis, 4.1.3.2),
// so that no sister site can set them. Lax lets them come along when an app sends its person here, and with no form of
// another site.
type Cookies struct {
	Secure bool // people reach the pages by https
}

const (
	sessionCookie = "frontdesk-session"
	returnCookie  = "frontdesk-return"
)

// SignedIn keeps the value that state.Store.SignIn gave. It lasts as long as the browser is open; the session behind it
// may end sooner.
func (c Cookies) SignedIn(w http.ResponseWriter, value string) { c.Set(w, sessionCookie, value, 0) }

// SignedOut forgets it.
func (c Cookies) SignedOut(w http.ResponseWriter) { c.Set(w, sessionCookie, "", -1) }

// Session is the value that was kept, "" if none was.
func (c Cookies) Session(r *http.Request) string { return c.Get(r, sessionCookie) }

// Set keeps a value for so many seconds: 0 for as long as the browser is open, less than 0 to forget it.
func (c Cookies) Set(w http.ResponseWriter, name, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: c.name(name), Value: value, Path: "/", MaxAge: maxAge, Secure: c.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Get is the value that was kept, "" if none was.
func (c Cookies) Get(r *http.Request, name string) string {
	cookie, err := r.Cookie(c.name(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (c Cookies) name(name string) string {
	if c.Secure {
		return "__Host-" + name
	}
	return name
}
