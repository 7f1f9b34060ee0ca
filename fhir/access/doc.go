// Package access decides what a caller may do and see. It turns a Grant (who asks, by which right) into a predicate
// that the Session conjoins to every query (I1). Pure functions: no clock, no store, no HTTP. What is not granted is
// denied.
package access
