// Package prose says what text is made of when it is searched by words (_text and _content, R4 search 3.1.1.4.20): what
// the text of a resource is (content.go, narrative.go), which words are in it (words.go), what a question of words
// means (query.go), and how strings are made comparable at all (fold.go).
//
// A full-text index and Query.Matches must agree exactly. So a text is kept as words that are folded already, with
// spaces between them, and an index has nothing to decide but where the spaces are.
//
// Nothing here knows search parameters or a database.
package prose
