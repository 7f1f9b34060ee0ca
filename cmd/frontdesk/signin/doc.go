// Package signin gets a token from a SMART server as a person with a browser does, for whoever tries its API by hand:
// it goes to the authorization endpoint, fills in the pages' forms and redeems the code, with PKCE. It knows a server
// by what it publishes and what its pages ask, and nothing of the store.
package signin
