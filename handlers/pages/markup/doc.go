// Package markup reads a page as a browser does: what a part of it says, and what its forms send. The command that
// signs in uses it, and the tests of the pages. What is on which page doesn't belong here.
package markup
