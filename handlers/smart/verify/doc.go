// Package verify turns the bearer token of a request into the access.Grant it stands for: a token of our own, or of an
// issuer that is configured. What a token says for itself is checked once and remembered by its hash; what may change
// (is it revoked, is the person suspended, whose proxy is he or she, where does he or she work) is asked of the store,
// and remembered only as long as nothing that it was read from is written, by whichever process (I8). No endpoints in
// here, and nothing that issues tokens.
package verify
