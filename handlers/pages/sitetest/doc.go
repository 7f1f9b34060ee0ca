// Package sitetest is a practice with pages, in memory, for tests of what people see: accounts, a record, and a
// browser at it. Only tests import it.
package sitetest
