// Package upstream lets people sign in at another OpenID provider, as NHS login or a practice's Keycloak. Frontdesk is
// its relying party: authorization code with PKCE, state and nonce. What comes back is an identity and nothing more: it
// is mapped to an account of ours, which signs in as by a password, and our own authorization server goes on from
// there. No tokens of the provider are kept or passed on.
package upstream
