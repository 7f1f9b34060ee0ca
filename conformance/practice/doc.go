// Package practice holds the acceptance tests of what a practice and its patients need (P1 to P14): each a story of
// given, when and then, told through HTTP with real tokens, on every backend. Only tests are in here.
package practice
