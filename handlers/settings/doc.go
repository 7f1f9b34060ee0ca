// Package settings turns what was decided about online access (store/online) into a Parameters resource and back, by
// one table of what a practice decides and one of what is decided for a person. The same tables say what $online-access
// takes and gives. No HTTP and no store.
package settings
