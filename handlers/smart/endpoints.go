package smart

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ory/fosite"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/oauth"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// token is the token endpoint (T1 to T5).
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	given, err := s.oauth.Token(r)
	if err == nil {
		by := access.Identity{Client: given.Approval.Client, Account: given.Approval.Account, Person: given.Approval.Person,
			Patient: given.Approval.Patient, Approval: given.Approval.ID}
		err = s.note(w, r, audit.Event{What: audit.Token, By: by})
	}
	if err != nil {
		s.refuse(w, r, audit.Token, err)
		return
	}
	given.Write(w, r)
}

// refuse notes that an app was refused, and answers it.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, what string, err error) {
	code, _ := oauth.Describe(err)
	if noted := s.note(w, r, audit.Event{What: what, Status: http.StatusBadRequest, Reason: code}); noted != nil {
		err = noted
	}
	s.fail(w, r, err)
}

// fail answers an app with an OAuth error. Our own faults are logged.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if oauth.Fault(err) {
		s.Log.ErrorContext(r.Context(), "request failed", "reference", w.Header().Get("X-Request-Id"), "error", err.Error())
	}
	s.oauth.Fail(w, r, err)
}

// revoke is the revocation endpoint (RFC 7009).
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	client, err := s.oauth.Revoke(r)
	if err == nil {
		err = s.note(w, r, audit.Event{What: audit.Revocation, By: access.Identity{Client: client.ID}})
	}
	if err != nil {
		s.refuse(w, r, audit.Revocation, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// introspect is the introspection endpoint (RFC 7662, N1): for confidential clients, and for backend services with a
// token. Whoever isn't registered as a resource server is told of its own tokens, and of others' what it is told of
// none (RFC 7662 2.2).
func (s *Server) introspect(w http.ResponseWriter, r *http.Request) {
	client, err := s.introspector(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	token := r.PostForm.Get("token")
	if token == "" {
		s.fail(w, r, fosite.ErrInvalidRequest.WithHint("Say which token, in the parameter token."))
		return
	}
	out, err := s.oauth.Inspect(r.Context(), token)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if out["client_id"] != client.ID && !client.ResourceServer {
		out = map[string]any{"active": false}
	}
	writeJSON(w, http.StatusOK, out)
}

// introspector reads the form, and gives the client that may know of tokens.
func (s *Server) introspector(r *http.Request) (state.Client, error) {
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); !strings.EqualFold(scheme, "Bearer") {
		return s.oauth.Confidential(r)
	}
	g, err := s.Grant(r)
	if err != nil {
		return state.Client{}, unauthorized(err)
	}
	if g.Identity().Person != "" || g.Identity().Approval == "" { // another issuer's clients may be called as ours
		return state.Client{}, fosite.ErrRequestForbidden.WithHint("Only a confidential client or a backend service may introspect tokens.")
	}
	if err := oauth.Form(r); err != nil {
		return state.Client{}, err
	}
	return s.State.Client(r.Context(), g.Identity().Client)
}

// unauthorized is the verifier's error as OAuth has it.
func unauthorized(err error) error {
	var e *fhir.Error
	if errors.As(err, &e) && e.Kind == fhir.Unauthenticated {
		return fosite.ErrRequestUnauthorized.WithDescription(e.Issues[0].Text).WithHint("").WithWrap(err)
	}
	return err
}

// userinfo is who the person is that a token was given for (OpenID Connect Core 1.0, 5.3).
func (s *Server) userinfo(w http.ResponseWriter, r *http.Request) {
	g, err := s.Grant(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+s.issuer+`", error="invalid_token"`)
		s.fail(w, r, unauthorized(err))
		return
	}
	a, scopes, err := s.granted(r, g)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		s.fail(w, r, err)
		return
	}
	if err != nil || !scopes.Has("openid") {
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+s.issuer+`", error="insufficient_scope", scope="openid"`)
		writeJSON(w, http.StatusForbidden, oauthError{"insufficient_scope", "The token was not given the scope openid. Ask the person for it at the authorization endpoint."})
		return
	}
	out := map[string]any{"sub": a.Subject}
	for _, name := range []string{"fhirUser", "profile"} {
		if scopes.Has(name) {
			out[name] = s.Base + "/" + a.Person
		}
	}
	writeJSON(w, http.StatusOK, out)
}

// granted is the approval behind a request, and the scopes of its own token, which may be fewer. fhir.NotFound if the
// token isn't ours.
func (s *Server) granted(r *http.Request, g access.Grant) (state.Approval, access.Scopes, error) {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	c, err := s.oauth.Read(r.Context(), strings.TrimSpace(token))
	if err != nil {
		return state.Approval{}, access.Scopes{}, err
	}
	a, err := s.State.Live(r.Context(), g.Identity().Approval)
	return a, s.scopes(c.Scope).Within(s.scopes(a.Scopes)), err
}
