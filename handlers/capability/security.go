package capability

// Security is where apps are given access, each an absolute URL; "" for what there isn't.
type Security struct {
	Authorize, Token, Revoke, Introspect, Manage string
	CORS                                         bool // web pages of registered apps may call
}

// oauthURIs is the extension in which the statement names them (SMART App Launch 1.0, 2.3; apps that don't know of
// .well-known/smart-configuration look there).
const oauthURIs = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"

// security is CapabilityStatement.rest.security.
type security struct {
	Extension   []extension `json:"extension,omitempty"`
	CORS        bool        `json:"cors"`
	Service     []concept   `json:"service"`
	Description string      `json:"description"`
}

type extension struct {
	URL       string      `json:"url"`
	Extension []extension `json:"extension,omitempty"`
	ValueURI  string      `json:"valueUri,omitempty"`
}

type concept struct {
	Coding []coding `json:"coding"`
	Text   string   `json:"text"`
}

type coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// stated is what the statement says of it, nil if there is none.
func (s *Security) stated() *security {
	if s == nil {
		return nil
	}
	uris := extension{URL: oauthURIs}
	for _, e := range []extension{
		{URL: "authorize", ValueURI: s.Authorize}, {URL: "token", ValueURI: s.Token}, {URL: "revoke", ValueURI: s.Revoke},
		{URL: "introspect", ValueURI: s.Introspect}, {URL: "manage", ValueURI: s.Manage},
	} {
		if e.ValueURI != "" {
			uris.Extension = append(uris.Extension, e)
		}
	}
	return &security{
		Extension: []extension{uris}, CORS: s.CORS,
		Service: []concept{{Coding: []coding{{"http://terminology.hl7.org/CodeSystem/restful-security-service", "SMART-on-FHIR"}},
			Text: "OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)"}},
		Description: "Every request but those for metadata and discovery carries a SMART App Launch 2.2 access token. Apps are registered by the practice.",
	}
}
