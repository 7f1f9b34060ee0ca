// Package certificate is the server's side of TLS: which versions are spoken, and a certificate that is read again when
// its files change, so that it can be renewed without a restart.
package certificate
