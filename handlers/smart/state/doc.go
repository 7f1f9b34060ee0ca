// Package state is what SMART remembers, typed: accounts, clients, keys, sessions, launches, approvals, codes, used
// jti, attempts. All of it lives in the Backend's Records (I8), each kind in a namespace of its own, so that any
// instance can answer any request. No HTTP and no OAuth in here, and no secret in clear: passwords, client secrets,
// codes, cookies and refresh tokens are kept as hashes. Only the signing keys are there as they are: who can read the
// store can sign.
package state
