// Package dicetest has the random documents, filters, sorts and indexes that the tests of the test server compare
// answers by: with an index and without, and with a real server if there is one.
package dicetest
