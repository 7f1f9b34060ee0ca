package cluster

import (
	"net/url"
	"strings"
)

// WithoutSecrets is a URI as it may be shown: its scheme, hosts and database. The user, the password and all options
// are left out, since several options hold secrets too (tlsCertificateKeyFilePassword, authMechanismProperties,
// proxyPassword). It takes any text, a mistyped URI too.
func WithoutSecrets(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		scheme, rest, _ = strings.Cut(uri, ":")
		rest = strings.TrimLeft(rest, "/")
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 { // a password that isn't escaped may have any other sign in it
		rest = rest[i+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

// hideSecrets is a text, as of an error, without what WithoutSecrets leaves out of the URI that it is about.
func hideSecrets(text, uri string) string {
	text = strings.ReplaceAll(text, uri, WithoutSecrets(uri))
	_, rest, _ := strings.Cut(uri, "://")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		text = hideEach(text, rest[:i])
		if _, password, given := strings.Cut(rest[:i], ":"); given {
			text = hideEach(text, password)
		}
	}
	_, query, _ := strings.Cut(rest, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(pair, "="); strings.Contains(strings.ToLower(name), "pass") || strings.EqualFold(name, "authMechanismProperties") {
			text = hideEach(text, value)
		}
	}
	return text
}

// hideEach hides a secret as it is written in a URI and as it is meant.
func hideEach(text, secret string) string {
	if secret == "" {
		return text
	}
	text = strings.ReplaceAll(text, secret, "…")
	if plain, err := url.PathUnescape(secret); err == nil && plain != secret {
		text = strings.ReplaceAll(text, plain, "…")
	}
	return text
}
