// Package smart is SMART App Launch 2.2 around the FHIR API: the authorization server, its discovery, the sign-in and
// consent pages. The protocol itself is fosite's (package oauth), what is remembered is package state's, tokens are
// judged by package verify, and what scopes mean is frontdesk/fhir/access's. It reads patients' records only to know
// who may act for whom.
package smart
