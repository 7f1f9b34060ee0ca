package smart

import (
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ory/fosite"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/oauth"
	"frontdesk/handlers/smart/state"
)

// kept are the parameters of an authorize request that are needed after it was judged.
var kept = []string{"redirect_uri", "state", "code_challenge", "nonce", "launch", "prompt", "max_age"}

// challenge is a PKCE challenge by S256: 32 bytes in base64url (RFC 7636 4.2).
var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// authorize judges an authorize request (RFC 6749 4.1.1; SMART App Launch 2.2) and, if it's good, has the person asked.
// Nobody is sent anywhere before the client and its redirect URI are known to belong together (A2): till then errors
// are shown here.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	query, err := parameters(r)
	if err != nil {
		s.faces.Fail(w, r, err)
		return
	}
	client, err := s.sender(r, query)
	if err != nil {
		s.faces.Fail(w, r, err)
		return
	}
	if err := s.limit.allow(r); err != nil { // what waits for an answer is kept for minutes, and nobody has signed in yet
		s.faces.Fail(w, r, err)
		return
	}
	p, err := s.judge(r, client, query)
	if err == nil {
		p, err = s.State.Wait(r.Context(), p)
	}
	if err != nil {
		s.back(w, r, query.Get("redirect_uri"), query.Get("state"), err)
		return
	}
	http.Redirect(w, r, s.issuer+"/consent?"+url.Values{"request": {p.ID}}.Encode(), http.StatusSeeOther)
}

// parameters are those of the URL, or of the form if it's a POST (A1).
func parameters(r *http.Request) (url.Values, error) {
	if r.Method != http.MethodPost {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, fhir.Errorf(fhir.Invalid, "", "The app's link isn't right. Go back to the app and try again; if it happens again, tell whoever makes the app.")
		}
		return query, nil
	}
	if typ, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); typ != "application/x-www-form-urlencoded" {
		return nil, fhir.Errorf(fhir.UnsupportedMedia, "", "The app sent its request in a form we can't read. Tell whoever makes the app.")
	}
	if err := r.ParseForm(); err != nil {
		return nil, fhir.Errorf(fhir.Invalid, "", "The app's request did not arrive whole. Go back to the app and try again.")
	}
	return r.PostForm, nil
}

// sender is the client that a request comes from, if it asks to be answered at a place that is its own: by its very
// characters, for whatever is alike in a URL leads somewhere else in some browser.
func (s *Server) sender(r *http.Request, query url.Values) (state.Client, error) {
	const advice = " Go back to the app and try again; if it happens again, tell whoever makes the app."
	if len(query["client_id"]) != 1 || len(query["redirect_uri"]) != 1 {
		return state.Client{}, fhir.Errorf(fhir.Invalid, "", "The app's link doesn't say which app it is, or where to go back to."+advice)
	}
	c, err := s.State.Client(r.Context(), query.Get("client_id"))
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return c, fhir.Errorf(fhir.Invalid, "", "This practice doesn't know the app that sent you here."+advice)
	}
	if err == nil && !slices.Contains(c.Redirects, query.Get("redirect_uri")) {
		return c, fhir.Errorf(fhir.Invalid, "", "The app's link leads back to a place that isn't registered for it."+advice)
	}
	return c, err
}

// judge reads the rest of a request. Errors are the app's to hear.
func (s *Server) judge(r *http.Request, c state.Client, query url.Values) (state.Pending, error) {
	var p state.Pending
	for name, values := range query {
		if len(values) > 1 && name != "resource" { // RFC 6749 3.1; RFC 8707 2 lets resource repeat
			return p, fosite.ErrInvalidRequest.WithHintf("The parameter %s is there more than once.", name)
		}
	}
	for _, check := range []func(url.Values) error{protocol, s.audience, prompt} {
		if err := check(query); err != nil {
			return p, err
		}
	}
	scopes, err := s.wanted(c, query.Get("scope"))
	if err != nil {
		return p, err
	}
	p = state.Pending{Client: c.ID, Query: state.Query{Values: url.Values{}}}
	if scopes, p.Launch, err = s.launched(r, c, query, scopes); err != nil {
		return p, err
	}
	if p.Scopes = scopes.String(); p.Scopes == "" {
		return p, fosite.ErrInvalidScope.WithHint("Nothing that was asked for is among the scopes this app is registered with.")
	}
	for _, name := range kept {
		if query.Has(name) {
			p.Query.Set(name, query.Get(name))
		}
	}
	return p, nil
}

// protocol checks what OAuth and PKCE ask for (A5).
func protocol(query url.Values) error {
	switch {
	case query.Get("response_type") != "code":
		return fosite.ErrUnsupportedResponseType.WithHint("The response_type must be code.")
	case query.Get("response_mode") != "" && query.Get("response_mode") != "query":
		return fosite.ErrUnsupportedResponseMode.WithHint("The response_mode can only be query.")
	case query.Has("request"):
		return fosite.ErrRequestNotSupported
	case query.Has("request_uri"):
		return fosite.ErrRequestURINotSupported
	case query.Get("code_challenge_method") != "S256":
		return fosite.ErrInvalidRequest.WithHint("Every app must use PKCE: send code_challenge_method=S256 and a code_challenge.")
	case !challenge.MatchString(query.Get("code_challenge")):
		return fosite.ErrInvalidRequest.WithHint("The code_challenge must be the SHA-256 of the verifier in base64url: 43 characters.")
	}
	return nil
}

// audience checks that the app means us (A4): else a server it was tricked into trusting could use it to get tokens for
// us.
func (s *Server) audience(query url.Values) error {
	named := append(slices.Clone(query["aud"]), query["resource"]...)
	if len(named) == 0 {
		return fosite.ErrInvalidRequest.WithHintf("Send aud=%s.", s.Base)
	}
	for _, one := range named {
		if strings.TrimSuffix(one, "/") != s.Base {
			return fosite.ErrInvalidRequest.WithHintf("The aud must be %s.", s.Base)
		}
	}
	return nil
}

// prompt checks OpenID Connect's prompt (Core 1.0, 3.1.2.1). Without asking the person nothing is given.
func prompt(query url.Values) error {
	words := strings.Fields(query.Get("prompt"))
	for _, word := range words {
		switch word {
		case "none":
			return fosite.ErrInteractionRequired.WithHint("The person is always asked here.")
		case "login", "consent", "select_account":
		default:
			return fosite.ErrInvalidRequest.WithHint("The prompt can be login, consent or select_account.")
		}
	}
	if age := query.Get("max_age"); age != "" && !seconds.MatchString(age) {
		return fosite.ErrInvalidRequest.WithHint("The max_age is a number of seconds.")
	}
	return nil
}

var seconds = regexp.MustCompile(`^[0-9]{1,9}$`)

// wanted are the scopes that were asked for, as far as the client is registered for them. What isn't understood is left
// out, and the token response says what was granted (OpenID Connect Core 1.0, 3.1.2.1; RFC 6749 3.3), unless nothing
// else was asked for. system/ is refused: no person can give that.
func (s *Server) wanted(c state.Client, text string) (access.Scopes, error) {
	scopes, err := access.ParseScopes(s.Store.Registry(), text, s.Store.SearchOptions())
	if err != nil && scopes.String() == "" {
		return scopes, oauth.BadScope(err)
	}
	if scopes.In(access.SystemContext) {
		return scopes, fosite.ErrInvalidScope.WithHint("Scopes that begin with system/ are for backend services, by client_credentials.")
	}
	return scopes.Within(s.scopes(c.Scopes)), nil
}

// launched finds the EHR session that the request belongs to (A8). The scope launch without the parameter is ignored;
// the parameter without the scope isn't, for the app would miss what it was launched for.
func (s *Server) launched(r *http.Request, c state.Client, query url.Values, scopes access.Scopes) (access.Scopes, *state.Launch, error) {
	id := query.Get("launch")
	switch {
	case id == "":
		return scopes.Drop("launch").Drop("launch/encounter"), nil, nil
	case !scopes.Has("launch"):
		return scopes, nil, fosite.ErrInvalidScope.WithHint("An app that is launched from an EHR must ask for the scope launch, and be registered for it.")
	}
	l, err := s.State.Launch(r.Context(), id, c.ID)
	if err != nil {
		if fhir.KindOf(err) == fhir.NotFound {
			err = fosite.ErrInvalidRequest.WithHint("The launch isn't known here, was used before, or is too old. Launch the app from the EHR again.")
		}
		return scopes, nil, err
	}
	if l.Encounter == "" {
		scopes = scopes.Drop("launch/encounter")
	}
	return scopes, &l, nil
}

// back sends the browser to the app with an error (A6). The redirect URI has been found to be the app's.
func (s *Server) back(w http.ResponseWriter, r *http.Request, redirect, appState string, err error) {
	if oauth.Fault(err) {
		s.Log.ErrorContext(r.Context(), "authorize failed", "reference", w.Header().Get("X-Request-Id"), "error", err.Error())
	}
	code, description := oauth.Describe(err)
	s.redirect(w, redirect, appState, url.Values{"error": {code}, "error_description": {description}})
}

// redirect sends the browser to the app with its state as it came (A3), and says who answers (RFC 9207).
func (s *Server) redirect(w http.ResponseWriter, redirect, appState string, answer url.Values) {
	if appState != "" {
		answer.Set("state", appState)
	}
	answer.Set("iss", s.issuer)
	mark := "?"
	if strings.Contains(redirect, "?") {
		mark = "&"
	}
	w.Header().Set("Location", redirect+mark+answer.Encode())
	w.WriteHeader(http.StatusSeeOther)
}
