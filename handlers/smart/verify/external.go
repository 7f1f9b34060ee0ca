package verify

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/fhir"
)

// External is another issuer whose access tokens are accepted as they are, as Keycloak, Auth0, Okta or Entra. What it
// says of scopes, patient and person is believed, within what the record says of that person.
type External struct {
	Issuer     string   `yaml:"issuer"`     // exactly as tokens have it in iss; its keys are found by OpenID Connect discovery
	Audiences  []string `yaml:"audiences"`  // one of them must be in aud; default the FHIR base URL
	Algorithms []string `yaml:"algorithms"` // accepted signatures; default RS256
	Types      []string `yaml:"types"`      // accepted header typ; default at+jwt, JWT and none at all

	ScopeClaim   string `yaml:"scope-claim"`   // default "scope"; Okta and Entra have "scp"
	ScopeFormat  string `yaml:"scope-format"`  // "space", the default, or "array"
	ClientClaim  string `yaml:"client-claim"`  // default "client_id"; Keycloak, Auth0 and Entra have "azp", Okta "cid"
	PatientClaim string `yaml:"patient-claim"` // the id of the Patient that patient/ scopes mean; default "patient"
	UserClaim    string `yaml:"user-claim"`    // who signed in, as "Practitioner/2" or that below our base; default "fhirUser"
	// Backend says that tokens without person and patient may have system/ scopes. By default those grant nothing.
	Backend bool `yaml:"backend"`
}

// withDefaults fills in what isn't set, and says what can't be.
func (e External) withDefaults(base string) (External, error) {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("issuer %q: "+format, append([]any{e.Issuer}, args...)...))
	}
	u, err := url.Parse(e.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		fault("issuer must be an https URL without query, exactly as tokens have it in iss")
	}
	preset := func(field *[]string, values ...string) {
		if len(*field) == 0 {
			*field = values
		}
	}
	preset(&e.Audiences, base)
	preset(&e.Algorithms, "RS256")
	preset(&e.Types, "at+jwt", "jwt", "")
	for i, t := range e.Types {
		e.Types[i] = strings.TrimPrefix(strings.ToLower(t), "application/")
	}
	for field, value := range map[*string]string{
		&e.ScopeClaim: "scope", &e.ScopeFormat: "space", &e.ClientClaim: "client_id", &e.PatientClaim: "patient", &e.UserClaim: "fhirUser",
	} {
		if *field == "" {
			*field = value
		}
	}
	for _, a := range e.Algorithms {
		if !slices.ContainsFunc(asymmetric, func(known jose.SignatureAlgorithm) bool { return string(known) == a }) {
			fault("algorithms: %q isn't one of %v; those with a shared secret can't be accepted", a, asymmetric)
		}
	}
	if slices.Contains(e.Audiences, "") {
		fault("audiences: an empty one would let in tokens that are meant for anybody")
	}
	if e.ScopeFormat != "space" && e.ScopeFormat != "array" {
		fault("scope-format: %q must be space or array", e.ScopeFormat)
	}
	return e, errors.Join(faults...)
}

// loopback says that a host is this machine: only there a test may do without TLS.
func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// read takes the claims of a token.
func (e External) read(all map[string]any, base string) (claims, error) {
	// What Keycloak signs besides access tokens says so in the payload, not in the header; a nonce or at_hash is an
	// id_token's.
	kind, _ := all["typ"].(string)
	_, nonce := all["nonce"]
	_, hash := all["at_hash"]
	if kind != "" && !strings.EqualFold(kind, "Bearer") || nonce || hash {
		return claims{}, refused(nil, "This is a token, but not an access token. Send the access_token that the token endpoint gave, not the id_token.")
	}
	// A token that is bound to a key (RFC 7800) is only good with a proof that we don't ask for.
	if _, bound := all["cnf"]; bound {
		return claims{}, refused(nil, "The access token is bound to a key of the app (DPoP or mutual TLS), which isn't supported here. Ask for a plain bearer token.")
	}
	scope, err := e.scope(all[e.ScopeClaim])
	c := claims{Scope: scope}
	c.Subject, _ = all["sub"].(string)
	c.Client, _ = all[e.ClientClaim].(string)
	if c.Client == "" && err == nil {
		err = refused(nil, "The access token doesn't say to which app it was given: it has no claim "+e.ClientClaim+".")
	}
	c.Patient, _ = all[e.PatientClaim].(string)
	c.Patient = strings.TrimPrefix(strings.TrimPrefix(c.Patient, base+"/"), "Patient/")
	if !fhir.ValidID(c.Patient) {
		c.Patient = ""
	}
	user, _ := all[e.UserClaim].(string)
	typ, id, _ := strings.Cut(strings.TrimPrefix(user, base+"/"), "/")
	switch {
	case user == "":
	case slices.Contains([]string{"Patient", "Practitioner", "RelatedPerson"}, typ) && fhir.ValidID(id):
		c.Person = typ + "/" + id
	case err == nil:
		err = refused(nil, "The access token's claim "+e.UserClaim+" isn't a Patient, Practitioner or RelatedPerson of this server.")
	}
	return c, err
}

// scope is the scope claim as RFC 6749 3.3 has it.
func (e External) scope(claim any) (string, error) {
	var words []string
	switch v := claim.(type) {
	case string:
		if e.ScopeFormat == "space" {
			words = strings.Fields(v)
		}
	case []any:
		if e.ScopeFormat == "array" {
			for _, one := range v {
				if word, ok := one.(string); ok && !strings.Contains(word, " ") {
					words = append(words, word)
				}
			}
		}
	}
	if words == nil {
		return "", refused(nil, "The access token has no scopes in its claim "+e.ScopeClaim+". Ask for scopes as patient/Observation.rs.")
	}
	return strings.Join(words, " "), nil
}
