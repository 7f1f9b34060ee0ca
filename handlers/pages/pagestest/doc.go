// Package pagestest is a browser for tests of pages: it keeps cookies, fills in forms and reads what a page says. It
// runs no scripts and shows nothing. Only tests import it.
package pagestest
