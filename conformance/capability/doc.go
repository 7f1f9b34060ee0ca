// Package capability generates what /metadata says, from the route table and the Registry alone: a promise can't be made
// that isn't wired (I6). It writes JSON and knows neither HTTP nor the store.
package capability
