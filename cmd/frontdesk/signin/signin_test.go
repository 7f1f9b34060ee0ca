package signin_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"frontdesk/cmd/frontdesk/signin"
)

const redirect = "http://127.0.0.1:3000/callback"

// server is an authorization server that asks what a test has it ask.
type server struct {
	*testing.T
	*http.ServeMux
	*httptest.Server
	asked url.Values // the authorize request
}

// newServer sends a browser from the authorization endpoint to /page.
func newServer(t *testing.T) *server {
	s := &server{T: t, ServeMux: http.NewServeMux()}
	s.Server = httptest.NewServer(s.ServeMux)
	t.Cleanup(s.Close)
	s.HandleFunc("/fhir/.well-known/smart-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]string{"authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token"})
	})
	s.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		s.asked = r.URL.Query()
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
		http.Redirect(w, r, "/page?request=7", http.StatusSeeOther)
	})
	return s
}

// page serves a form with a field of a name, and what becomes of it when it is sent.
func (s *server) page(path, method, fields string, sent http.HandlerFunc) {
	s.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<main><h1>A page</h1><form method="%s" action="%s/sent">%s<input type="checkbox" name="on" value="1" checked><input type="checkbox" name="off" value="1"></form></main>`, method, path, fields)
	})
	s.HandleFunc(path+"/sent", sent)
}

// back sends the browser to the app.
func (s *server) back(w http.ResponseWriter, r *http.Request, answer url.Values) {
	http.Redirect(w, r, redirect+"?"+answer.Encode(), http.StatusSeeOther)
}

func (s *server) token(change ...func(*signin.Request)) (*oauth2.Token, error) {
	r := signin.Request{Base: s.URL + "/fhir", Client: "app", Redirect: redirect, Scope: "patient/*.rs openid", Account: "ann", Password: "secret"}
	for _, c := range change {
		c(&r)
	}
	return signin.Token(s.Context(), r)
}

// fails asserts an error that says something.
func (s *server) fails(says string, change ...func(*signin.Request)) {
	s.Helper()
	if _, err := s.token(change...); err == nil || !strings.Contains(err.Error(), says) {
		s.Errorf("%v, want an error that says %q", err, says)
	}
}

// TestFormsAreFilledInAsABrowserDoes: from the sign-in page by way of the choice of a role to the consent, and with
// PKCE to the token.
func TestFormsAreFilledInAsABrowserDoes(t *testing.T) {
	s := newServer(t)
	s.page("/page", "post", `<input type="hidden" name="csrf" value="c"><input name="name"><input name="password" type="password">`, func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		if _, err := r.Cookie("seen"); err != nil || r.PostForm.Encode() != "csrf=c&name=ann&on=1&password=secret" {
			t.Errorf("%v, %s", err, r.PostForm.Encode())
		}
		http.Redirect(w, r, "/choose", http.StatusSeeOther)
	})
	s.page("/choose", "get", `<input type="radio" name="as" value="Patient/1" checked><input type="radio" name="as" value="RelatedPerson/2">`, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Query().Get("as") != "RelatedPerson/2" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		http.Redirect(w, r, "/consent", http.StatusSeeOther)
	})
	s.page("/consent", "post", `<button name="answer" value="allow">Allow</button>`, func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("answer") != "allow" {
			t.Errorf("the answer is %q", r.PostFormValue("answer"))
		}
		s.back(w, r, url.Values{"code": {"x"}, "state": {s.asked.Get("state")}})
	})
	s.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		challenge := oauth2.S256ChallengeFromVerifier(r.PostFormValue("code_verifier"))
		if r.PostFormValue("code") != "x" || r.PostFormValue("client_id") != "app" || challenge != s.asked.Get("code_challenge") {
			t.Errorf("the token request is %v", r.PostForm)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"the token","token_type":"Bearer"}`)
	})
	token, err := s.token(func(r *signin.Request) { r.As = "RelatedPerson/2" })
	if err != nil || token.AccessToken != "the token" {
		t.Fatalf("%v, %v", token, err)
	}
	if s.asked.Get("aud") != s.URL+"/fhir" || s.asked.Get("scope") != "patient/*.rs openid" {
		t.Errorf("asked for %v", s.asked)
	}
	// Without a role there is a page that can't be answered.
	s.fails("A page")
}

// TestWhatGoesWrongIsSaid: in the server's own words, where it has any.
func TestWhatGoesWrongIsSaid(t *testing.T) {
	for says, sent := range map[string]func(s *server, w http.ResponseWriter, r *http.Request){
		"the scope is bad (invalid_scope)": func(s *server, w http.ResponseWriter, r *http.Request) {
			s.back(w, r, url.Values{"error": {"invalid_scope"}, "error_description": {"the scope is bad"}, "state": {s.asked.Get("state")}})
		},
		"another request": func(s *server, w http.ResponseWriter, r *http.Request) {
			s.back(w, r, url.Values{"code": {"x"}, "state": {"another"}})
		},
		"the server says: Wrong password": func(_ *server, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `<main><div role="alert">Wrong <b>password</b></div><form><input name="password"></form></main>`)
		},
		"the server says: Not today": func(_ *server, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<main>Not today</main>`)
		},
		"redirects for ever": func(_ *server, w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/page/sent", http.StatusSeeOther)
		},
	} {
		s := newServer(t)
		s.page("/page", "post", `<input name="password">`, func(w http.ResponseWriter, r *http.Request) { sent(s, w, r) })
		s.fails(says)
	}
	s := newServer(t)
	s.fails("no SMART configuration", func(r *signin.Request) { r.Base = s.URL })
	s.Close()
	s.fails("Is the server running there?")
}

// C12: a server whose certificate nobody here trusts is there: its address isn't what is wrong.
func TestC12_AnUnknownAuthorityIsntBlamedOnTheAddress(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	_, err := signin.Token(t.Context(), signin.Request{Base: server.URL + "/fhir"})
	if err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") || strings.Contains(err.Error(), "Is the server running there?") {
		t.Error(err)
	}
}
