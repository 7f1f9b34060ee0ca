// Package fail has the errors of the test server, with MongoDB's own codes, names and labels, and nothing else.
package fail
