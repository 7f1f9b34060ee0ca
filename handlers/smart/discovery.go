package smart

import (
	"encoding/json"
	"net/http"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/handlers/smart/oauth"
	"frontdesk/handlers/smart/state"
)

// capabilities are what this server can do, in SMART's words (SMART App Launch 2.2, capability sets). Each has a test
// (D8).
var capabilities = []string{
	"launch-ehr", "launch-standalone", "authorize-post", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
	"sso-openid-connect", "context-ehr-patient", "context-ehr-encounter", "context-standalone-patient", "context-banner", "context-style",
	"permission-offline", "permission-online", "permission-patient", "permission-user", "permission-v1", "permission-v2",
	launchEndpoint,
}

// launchEndpoint is a capability of our own, and the member of discovery that says where it is: an EHR POSTs there what
// it launches an app for, with its own token, and is told where to open the app (launch.go).
const launchEndpoint = "urn:frontdesk:smart:launch-endpoint"

// someScopes are examples of each sort (D5): every resource type can stand for the star, and any letters for others.
var someScopes = []string{
	"openid", "fhirUser", "profile", "launch", "launch/patient", "offline_access", "online_access",
	"patient/*.cruds", "patient/*.rs", "user/*.cruds", "user/*.rs", "system/*.cruds", "system/*.rs",
	"patient/*.read", "patient/*.write", "patient/*.*", "user/*.read", "user/*.write", "user/*.*", "system/*.read",
}

// configuration is [base]/.well-known/smart-configuration: JSON whatever is asked for (D1 to D9).
func (s *Server) configuration(w http.ResponseWriter, _ *http.Request) {
	doc := s.metadata()
	doc["capabilities"] = capabilities
	doc["management_endpoint"] = s.issuer + "/manage"
	doc[launchEndpoint] = s.issuer + "/launch"
	writeJSON(w, http.StatusOK, doc)
}

// metadata are the members that both discovery documents have (RFC 8414 2).
func (s *Server) metadata() map[string]any {
	methods := []string{"client_secret_basic", "private_key_jwt"}
	return map[string]any{
		"issuer":                                           s.issuer,
		"jwks_uri":                                         s.issuer + "/jwks",
		"authorization_endpoint":                           s.issuer + "/authorize",
		"token_endpoint":                                   s.oauth.TokenURL(),
		"introspection_endpoint":                           s.issuer + "/introspect",
		"revocation_endpoint":                              s.issuer + "/revoke",
		"userinfo_endpoint":                                s.issuer + "/userinfo",
		"grant_types_supported":                            []string{"authorization_code", "refresh_token", "client_credentials"},
		"response_types_supported":                         []string{"code"},
		"response_modes_supported":                         []string{"query"},
		"scopes_supported":                                 someScopes,
		"code_challenge_methods_supported":                 []string{"S256"},
		"token_endpoint_auth_methods_supported":            append([]string{"none"}, methods...),
		"token_endpoint_auth_signing_alg_values_supported": oauth.Algorithms,
		"introspection_endpoint_auth_methods_supported":    methods,
		"introspection_endpoint_auth_signing_alg_values_supported": oauth.Algorithms,
		"revocation_endpoint_auth_methods_supported":               append([]string{"none"}, methods...),
		"revocation_endpoint_auth_signing_alg_values_supported":    oauth.Algorithms,
		"authorization_response_iss_parameter_supported":           true, // RFC 9207
	}
}

// openid is the discovery document of OpenID Connect (Discovery 1.0, 3).
func (s *Server) openid(w http.ResponseWriter, _ *http.Request) {
	doc := s.metadata()
	doc["subject_types_supported"] = []string{"public"}
	doc["id_token_signing_alg_values_supported"] = []jose.SignatureAlgorithm{jose.RS256}
	doc["claims_supported"] = []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "amr", "acr", "fhirUser", "profile"}
	doc["acr_values_supported"] = []string{oauth.ACRSingle, oauth.ACRMulti}
	doc["prompt_values_supported"] = []string{"none", "login", "consent", "select_account"}
	doc["request_parameter_supported"] = false
	doc["request_uri_parameter_supported"] = false
	doc["claims_parameter_supported"] = false
	writeJSON(w, http.StatusOK, doc)
}

// jwks are the public keys by which our tokens are signed.
func (s *Server) jwks(w http.ResponseWriter, r *http.Request) {
	keys, err := s.State.Keys(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	w.Header().Del("Pragma")
	w.Header().Set("Cache-Control", "public, max-age=300")
	writeJSON(w, http.StatusOK, set)
}

// styles are how apps can look as we do (SMART App Launch 2.2, styling).
var styles = map[string]string{
	"color_background": "#ffffff", "color_error": "#b3261e", "color_highlight": "#005eb8", "color_modal_backdrop": "#212b32",
	"color_success": "#00703c", "color_text": "#212b32", "dim_border_radius": "4px", "dim_font_size": "16px", "dim_spacing_size": "16px",
	"font_family_body": "system-ui, sans-serif", "font_family_heading": "system-ui, sans-serif",
}

// stylePath is where styles are, below the issuer. It changes with them: apps tell by the URL that there is something
// new.
var stylePath = func() string {
	text, err := json.Marshal(styles)
	if err != nil {
		panic(err) // a map of strings can be marshalled
	}
	return "/style-" + state.Digest(string(text))[:12] + ".json"
}()

// style serves styles.
func (s *Server) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Del("Pragma")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	writeJSON(w, http.StatusOK, styles)
}

// oauthError is an error response (RFC 6749 5.2).
type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// writeJSON answers with JSON.
func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"server_error"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(text)
}
