// Package oauth is the OAuth 2.0 and OpenID Connect part of SMART App Launch 2.2, behind one small type: Provider.
// Codes, PKCE, the token endpoint's grants, rotation and revocation are fosite's; in here is what fosite leaves open or
// has to be otherwise for SMART: how clients authenticate, what tokens look like, where codes and refresh tokens are
// kept, and what a token response says of the launch. No pages and no consent: who calls Code has asked the person.
package oauth
